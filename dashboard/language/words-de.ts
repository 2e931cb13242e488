import type { Messages } from './language.ts';

export default import.meta.glob<Messages>('./messages/de/*.json', { eager: true, import: 'default' });
