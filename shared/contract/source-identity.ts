import type { SourceDetails } from './source-details.ts';

/**
 * Members of a source's details that say what a thing is, whose changes are worth telling; how it does (intervals, queues) is no
 * part of it. Apart from the schema, so that a page can have it without the schema's library.
 */
export const SOURCE_IDENTITY = [
  'securityMode',
  'securityPolicy',
  'identity',
  'certificateThumbprint',
  'manufacturer',
  'model',
  'serialNumber',
  'firmwareVersion',
  'softwareVersion',
] as const satisfies readonly (keyof SourceDetails)[];
