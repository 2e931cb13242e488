export * from '#shared/language/languages.ts';
