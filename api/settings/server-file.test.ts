import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, parseServerFile } from './server-file.ts';

const read = (text: string, env: Record<string, string> = {}) => parseServerFile(text, 'server.yaml', env);

describe('server.yaml', () => {
  it('may be empty', () => {
    expect(read('')).toEqual(DEFAULT_SETTINGS);
  });

  it('says where a mistake is and what was probably meant', () => {
    expect(() => read('listen:\n  hots: 0.0.0.0\n')).toThrow(/server\.yaml:2: .*did you mean "host"/);
    expect(() => read('names: [linewatt]\npublicUlr: https://a.example\n')).toThrow(/server\.yaml:2: .*"publicUrl"/);
    expect(() => read('listen: { port: 99999 }')).toThrow(/server\.yaml:1: listen\.port/);
    expect(() => read('publicUrl: ftp://a.example')).toThrow(/https:\/\//);
    expect(() => read('listen: [')).toThrow(/server\.yaml:/);
  });

  it('takes secrets from the environment, and in no other way', () => {
    const text = (secret: string) =>
      `singleSignOn: { name: Acme, issuer: "https://id.example", clientId: linewatt, clientSecret: "${secret}" }`;
    expect(() => read(text('hunter2hunter2'))).toThrow(/secret in plain text/);
    expect(() => read(text(`\${NOT_SET}`))).toThrow(/NOT_SET/);
    expect(read(text(`\${CLIENT_SECRET}`), { CLIENT_SECRET: 'x' }).singleSignOn?.clientSecret).toBe('x');
  });

  it('knows roles by their names', () => {
    const text = 'singleSignOn: { name: A, issuer: "https://i.example", clientId: x, roles: { boss: administrator } }';
    expect(() => read(text)).toThrow(/roles\.boss/);
  });
});
