import { readFile } from 'node:fs/promises';
import { expect, test, until, useDesk } from './desk';

const desk = useDesk();

/** Rows of a CSV file (RFC 4180), with the names in its first line as keys. */
function parsed(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (quoted && letter === '"' && text[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === ',' || letter === '\n')) {
      rows.at(-1)!.push(cell);
      cell = '';
      if (letter === '\n') rows.push([]);
    } else if (quoted || letter !== '\r') cell += letter;
  }
  const [head, ...body] = rows.filter((row) => row.length > 0);
  return body.map((row) => Object.fromEntries(head!.map((name, at) => [name, row[at] ?? ''])));
}

const comment = 'Two "sisters", one address;\n=1+1 is no formula.';
let decided = '';
test.beforeAll(async () => {
  [decided] = (await desk.inquiries('needs_review')) as [string];
  const answer = await desk.post('/api/decide', {
    inquiry: decided, version: await desk.version(decided), verdict: 'approve', reason: 'false-positive', comment,
  }, 'analyst');
  expect(answer.headers.get('location') ?? '').not.toContain('__err');
  await until('Persona has it', async () => (await desk.effects(decided)).length > 0);
});

test('An auditor sees who decided what, and why', async ({ page }) => {
  // An export signs the log in its current state, so every entry has a proof.
  await desk.get('auditor', '/audit/export?format=csv');
  await desk.open(page, 'auditor', '/audit');
  await page.getByRole('searchbox').fill(decided);
  await page.getByRole('searchbox').press('Enter');
  await expect(page).toHaveURL(new RegExp(`object=${decided}`));
  const row = page.getByRole('row').filter({ has: page.getByText('approve', { exact: true }) });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('Maya Okafor');
  await expect(row).toContainText('Hit is another person');
  await expect(row).toContainText('Two "sisters", one address;');
  await expect(row).toContainText('confirmed');
  await expect(page.getByRole('row').filter({ has: page.getByText('decision confirmed: approve', { exact: true }) })).toHaveCount(1);
  // The entry as stored, with its proof.
  await row.getByRole('link', { name: /^Entry \d+$/ }).click();
  await expect(page.getByText(/hashes lead from this entry to the signed root/)).toBeVisible();
  await page.getByText('Show the hashed bytes').click();
  await expect(page.locator('pre').last()).toContainText(decided);
});

test('An entry that is being read gets its proof, and what is unfolded stays so', async ({ page }) => {
  const last = /\/audit\/entries\/\d+/.exec(await desk.get('auditor', '/audit'))![0];
  await desk.open(page, 'auditor', last);
  await expect(page.getByText('The next checkpoint, within a minute')).toBeVisible();
  const bytes = page.getByRole('group').filter({ hasText: 'Show the hashed bytes' });
  await bytes.getByText('Show the hashed bytes').click();
  await desk.get('auditor', '/audit/export?format=csv');
  await expect(page.getByText(/lead from this entry to the signed root/)).toBeVisible();
  await expect(bytes.locator('pre')).toBeVisible();
});

test('An auditor takes the decision log away as a file', async ({ page }) => {
  await desk.open(page, 'auditor', '/audit');
  const coming = page.waitForEvent('download');
  await page.getByText('More formats').click();
  await page.getByRole('link', { name: 'CSV', exact: true }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^countersign-log-\d+\.csv$/);
  const text = await readFile(await download.path(), 'utf8');
  expect(text).toContain('\r\n');
  const rows = parsed(text).filter((row) => row.object_id === decided);
  const made = rows.filter((row) => row.action === 'decision.made');
  expect(made).toHaveLength(1);
  // In many countries, spreadsheets start a cell after a semicolon. A text that would be a formula there gets an
  // apostrophe.
  const defused = comment.replace(';', ";'");
  expect(made[0]).toMatchObject({ object_type: 'inquiry', verdict: 'approve', reason_code: 'false-positive', comment: defused, outcome: 'ok' });
  expect(made[0]!.actor).toContain('Maya Okafor');
  expect(made[0]!.leaf_sha256).toMatch(/^[0-9a-f]{64}$/);
  const confirmed = rows.filter((row) => row.action === 'decision.confirmed');
  expect(confirmed).toHaveLength(1);
  expect(confirmed[0]!.decision_id).toBe(made[0]!.decision_id);
  const [effect] = await desk.effects(decided);
  expect(confirmed[0]!.persona_request_id).toBe(effect!['request-id']);
  expect(effect!.comment).toContain(made[0]!.decision_id!);
});

test("An auditor's day: find, filter, verify, export, check the file by dropping it, and see a changed one refused", async ({ page }) => {
  test.setTimeout(150_000);
  await desk.open(page, 'auditor', '/audit');
  await page.locator('select[name=action]').selectOption('decision');
  await page.locator('select[name=actor]').selectOption('Maya Okafor');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/action=decision&actor=Maya/);
  await expect(page.getByRole('row').filter({ hasText: 'Two "sisters"' })).toHaveCount(1);
  await page.getByRole('link', { name: 'Clear' }).click();
  await page.keyboard.press('v');
  await expect(page.getByText(/✓ Intact through entry \d+/)).toBeVisible({ timeout: 20_000 });
  const exported = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export decision log' }).click();
  const download = await exported;
  expect(download.suggestedFilename()).toMatch(/^countersign-log-\d+\.zip$/);
  const bytes = await readFile(await download.path());
  // The key, as the banner shows it for the auditor's letter.
  await page.reload();
  await page.locator('.integrity summary').filter({ hasText: 'signed' }).click();
  const key = (await page.locator('.integrity .key').innerText()).trim();
  await page.getByRole('link', { name: 'Verify a file' }).click();
  const drop = async (name: string, body: Buffer) => {
    const data = await page.evaluateHandle(([name, text]) => {
      const bytes = Uint8Array.from(atob(text!), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name!));
      return data;
    }, [name, body.toString('base64')]);
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: data });
  };
  await drop('log.zip', bytes);
  await expect(page.getByText('log.zip is consistent (key inside the file)')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/whose log this is: the key came with the file/)).toBeVisible();
  await page.getByLabel(/The log's key/).fill(key);
  await drop('log.zip', bytes);
  await expect(page.getByText('log.zip is intact (pinned key)')).toBeVisible({ timeout: 30_000 });
  // One letter of one entry, as a person with the file and without the key could change it.
  const at = bytes.indexOf('"verdict":"approve"');
  const changed = Buffer.from(bytes);
  changed.write('"verdict":"decline"', at);
  await drop('changed.zip', changed);
  await expect(page.getByText(/entry \d+: it has changed since the log was signed/)).toBeVisible({ timeout: 30_000 });
  // The case file of the decided inquiry: a PDF that states its purpose.
  await desk.open(page, 'auditor', `/inquiries/${decided}`);
  await page.getByLabel('Purpose', { exact: true }).selectOption('supervisor');
  const filed = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download case file' }).click();
  const file = await filed;
  expect(file.suggestedFilename()).toBe(`case-file-${decided}.pdf`);
  expect((await readFile(await file.path())).subarray(0, 8).toString()).toBe('%PDF-1.7');
  await desk.open(page, 'auditor', '/audit/verify');
  await drop('holiday.jpg', Buffer.from('not a log at all'));
  await expect(page.getByText('holiday.jpg was not checked')).toBeVisible({ timeout: 30_000 });
  // A file of lines without a checkpoint is never green, whatever its content.
  await drop('lines.jsonl', Buffer.from(await desk.get('auditor', '/audit/export?format=jsonl')));
  await expect(page.getByText(/sequence only; nothing proves these lines were not rewritten/)).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('#verdict .banner')).toHaveAttribute('data-tone', 'warn');
});

test('An auditor changes nothing', async ({ page }) => {
  const other = (await desk.inquiries('needs_review')).find((id) => id !== decided)!;
  await desk.open(page, 'auditor', `/inquiries/${other}`);
  await expect(page.getByText('Your role can only read. Analysts decide.')).toBeVisible();
  await expect(page.getByRole('button', { name: /Approve|Decline|Create a new link/ })).toHaveCount(0);
  for (const [path, fields] of [
    ['/api/decide', { inquiry: other, version: '1', verdict: 'approve', reason: 'discrepancy-explained', comment: '' }],
    ['/api/link', { inquiry: other, life: '900' }],
    ['/api/reviewer-add', { name: 'X', email: 'x@demo.example', role: 'admin' }],
  ] as const) {
    const session = await desk.session('auditor');
    const answer = await fetch(`${desk.url}${path}`, {
      method: 'POST',
      headers: { cookie: `${session.name}=${session.value}`, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(fields).toString(),
    });
    expect(answer.status, path).toBe(403);
  }
  expect(await desk.effects(other)).toEqual([]);
});

test('An analyst may neither see the log nor take it away, and the attempt is recorded', async ({ page, watch }) => {
  watch.allow(/status of 403/);
  await desk.open(page, 'analyst', '/queue');
  await expect(page.getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  expect((await page.goto(`${desk.url}/audit`))?.status()).toBe(403);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your role cannot see this');
  expect((await desk.fetch('analyst', '/audit/export')).status).toBe(403);
  expect((await desk.fetch('admin', '/audit/export')).status).toBe(403);
  const denied = await desk.get('auditor', '/audit?action=access.denied');
  expect(denied).toContain('Maya Okafor');
});
