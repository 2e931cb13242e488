import type { Messages } from './language.ts';

export default import.meta.glob<Messages>('./messages/pl/*.json', { eager: true, import: 'default' });
