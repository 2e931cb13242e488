/** The cells of one line of RFC 4180 CSV; null where a quoted cell does not end on the line. */
export function splitCsv(line: string): string[] | null {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    if (line[at] !== '"') {
      const end = line.indexOf(',', at);
      cells.push(line.slice(at, end < 0 ? line.length : end));
      if (end < 0) return cells;
      at = end + 1;
      continue;
    }
    let cell = '';
    for (;;) {
      const quote = line.indexOf('"', at + 1);
      if (quote < 0) return null;
      cell += line.slice(at + 1, quote);
      at = quote + 1;
      if (line[at] !== '"') break;
      cell += '"';
    }
    cells.push(cell);
    if (at >= line.length) return cells;
    if (line[at] !== ',') return null;
    at++;
  }
  return cells;
}
