import type { Messages } from './language.ts';

export default import.meta.glob<Messages>('./messages/fr/*.json', { eager: true, import: 'default' });
