import { type Flow, isLocal } from './flow.ts';

const COLUMNS = ['from', 'to', 'host', 'port', 'protocol', 'encryption', 'account', 'zone', 'why'] as const;

/** Aligned columns for people. */
export function flowTable(flows: readonly Flow[]): string {
  const rows = [COLUMNS as readonly string[], ...flows.map((flow) => COLUMNS.map((c) => String(flow[c])))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return `${rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is quoted with an apostrophe before it. */
export function flowCsv(flows: readonly Flow[]): string {
  const cell = (value: string | number): string => {
    const text = String(value);
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${[COLUMNS.join(','), ...flows.map((flow) => COLUMNS.map((c) => cell(flow[c])).join(','))].join('\r\n')}\r\n`;
}

/**
 * nftables rules for the machine of one role (`edge`, `edge pack`, `api`): what it opens goes out, what answers comes in,
 * all else is dropped. Rules go by address, so a host name becomes a named set that whoever loads the file must fill.
 */
export function flowNftables(flows: readonly Flow[], role: string, listen: readonly number[]): string {
  const own = flows.filter((flow) => flow.from === role && !isLocal(flow) && flow.port > 0);
  const names = [...new Set(own.filter(({ host }) => !isAddress(host)).map(({ host }) => host))];
  const lines = [
    `# ${role}: loads with "nft -f". Add ssh, time and name servers as your site needs them.`,
    'table inet linewatt {',
    ...names.flatMap((host) => [
      `  # addresses of ${host}: nft add element inet linewatt ${setOf(host)} { 192.0.2.1 }`,
      `  set ${setOf(host)} { type ipv4_addr; }`,
    ]),
    '  chain input {',
    '    type filter hook input priority 0; policy drop;',
    '    iif lo accept',
    '    ct state established,related accept',
    ...listen.map((port) => `    tcp dport ${port} accept comment "browsers"`),
    '  }',
    '  chain output {',
    '    type filter hook output priority 0; policy drop;',
    '    oif lo accept',
    '    ct state established,related accept',
    ...[...new Set(own.map(ruleOf))],
    '  }',
    '}',
    '',
  ];
  return lines.join('\n');
}

function ruleOf({ host, port, to, protocol }: Flow): string {
  const family = host.includes(':') ? 'ip6' : 'ip';
  const target = isAddress(host) ? host : `@${setOf(host)}`;
  return `    ${family} daddr ${target} tcp dport ${port} accept comment "${to.replaceAll('"', '')}, ${protocol}"`;
}

function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':');
}

function setOf(host: string): string {
  return `host_${host.replace(/[^A-Za-z0-9]/g, '_')}`;
}
