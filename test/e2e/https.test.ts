import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { tlsFiles } from '../../api/tls/files.ts';
import { makeServerCertificate, makeSiteCa } from '../../api/tls/site-ca.ts';
import { ensureBuilt } from '../../dashboard/build.ts';
import { startRealApi } from '../servers/api.ts';

/* What a tablet in the plant has: https, on a name that is not localhost. Chromium is told which name stands for this machine, and
 * to trust this one key, as a device does that was enrolled. */
it('is an application that can be installed and works offline, on a name of the plant', async () => {
  const { dir } = await ensureBuilt();
  const dataDir = mkdtempSync(join(tmpdir(), 'linewatt-https-'));
  const files = tlsFiles(dataDir);
  await makeSiteCa(files, 'Leeds works', Date.now());
  await makeServerCertificate(files, ['linewatt.test', '127.0.0.1'], Date.now());
  const leaf = new X509Certificate(readFileSync(files.certificate));
  const spki = createHash('sha256')
    .update(leaf.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  const api = await startRealApi({ dataDir, dashboardDir: dir });
  const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'linewatt-tablet-')), {
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--host-resolver-rules=MAP linewatt.test 127.0.0.1',
      `--ignore-certificate-errors-spki-list=${spki}`,
    ],
  });
  try {
    const page = await context.newPage();
    const url = `https://linewatt.test:${api.port}`;
    await page.goto(`${url}/operator/filler`);
    expect(await page.evaluate(() => window.isSecureContext)).toBe(true);
    // The live link came up over wss.
    await page.waitForFunction(() => document.body.innerText.includes('Filler'));
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    expect(await page.locator('link[rel=manifest]').count()).toBe(1);
    await context.setOffline(true);
    await page.reload();
    await page.waitForFunction(() => document.body.innerText.includes('Filler'));
  } finally {
    await context.close();
    await api.dispose();
  }
});
