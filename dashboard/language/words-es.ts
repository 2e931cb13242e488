import type { Messages } from './language.ts';

export default import.meta.glob<Messages>('./messages/es/*.json', { eager: true, import: 'default' });
