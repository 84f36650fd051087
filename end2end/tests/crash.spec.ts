import { expect, test, until, useDesk } from './desk';

const desk = useDesk();

test('Power cut in the middle of deciding: what was acknowledged is there, and reaches Persona exactly once', async ({ page }) => {
  test.setTimeout(75_000);
  const waiting = await desk.inquiries('needs_review');
  const versions = new Map(await Promise.all(waiting.slice(0, 14).map(async (id) => [id, await desk.version(id)] as const)));
  const decide = async (id: string, verdict: 'approve' | 'decline'): Promise<boolean> => {
    const reason = verdict === 'approve' ? 'other' : 'document-expired';
    const answer = await desk.post('/api/decide', { inquiry: id, version: versions.get(id)!, verdict, reason, comment: `about ${id}` }, 'analyst');
    return answer.status === 302 && !(answer.headers.get('location') ?? '').includes('__err');
  };

  // The first two calls reach Persona, but the answers are lost. Two more are refused, and two hang when the power
  // fails.
  await desk.fault({ match: '/approve', times: 2, kind: 'cut-after' });
  await desk.fault({ match: '/approve', times: 2, kind: 'status', status: 503 });
  await desk.fault({ match: '/approve', times: 1000, kind: 'latency', ms: 20_000 });
  await desk.fault({ match: '/decline', times: 1000, kind: 'cut-before' });

  const approved = waiting.slice(0, 6);
  const declined = waiting.slice(6, 9);
  for (const id of approved) expect(await decide(id, 'approve'), id).toBe(true);
  for (const id of declined) expect(await decide(id, 'decline'), id).toBe(true);

  // For some others the answer may or may not arrive before the end.
  const last = waiting.slice(9, 14);
  const answers = Promise.all(last.map(async (id) => ((await decide(id, 'approve').catch(() => false)) ? id : undefined)));
  // Two changes were made at Persona that the desk does not know about: the dangerous ones.
  await until('two answers are lost', async () => (await Promise.all(approved.map((id) => desk.effects(id)))).flat().length === 2);
  await desk.kill('SIGKILL');
  const acknowledged = [...approved, ...declined, ...(await answers).filter((id): id is string => !!id)];
  expect(acknowledged.length).toBeGreaterThanOrEqual(9);

  await desk.restart();
  // The passwords from the first start are still valid.
  desk.forget('analyst');
  await page.goto(`${desk.url}/login`);
  await desk.signInByForm(page, desk.people.analyst);
  await expect(page.getByRole('heading', { level: 1, name: 'Review queue' })).toBeVisible();

  await until('each acknowledged decision is at Persona', async () => {
    const effects = await Promise.all(acknowledged.map((id) => desk.effects(id)));
    return effects.every((each) => each.length > 0);
  }, 40_000);
  await until('nothing waits for delivery', async () => (await desk.get('analyst', '/decisions')).includes('No decision is waiting for delivery'), 20_000);

  const log = (await (await desk.fetch('auditor', '/audit/export')).text()).split('\r\n').map((line) => line.split(','));
  const entries = (id: string, action: string) => log.filter((cells) => cells[2] === action && cells.includes(id)).length;
  for (const id of acknowledged) {
    const effects = await desk.effects(id);
    expect(effects.map((effect) => effect.action), id).toEqual([approved.includes(id) || last.includes(id) ? 'approve' : 'decline']);
    expect(effects[0]!.comment, id).toContain(`about ${id}`);
    expect(entries(id, 'decision.made'), `${id} made`).toBe(1);
    expect(entries(id, 'decision.confirmed'), `${id} confirmed`).toBe(1);
  }
  // A decision that was not acknowledged took effect at most once, and never without a log entry.
  for (const id of last.filter((each) => !acknowledged.includes(each))) {
    const effects = await desk.effects(id);
    expect(effects.length, id).toBeLessThanOrEqual(1);
    expect(entries(id, 'decision.made'), id).toBe(effects.length);
  }
  await page.goto(`${desk.url}/decisions`);
  await expect(page.getByRole('row').filter({ hasText: acknowledged[0]! })).toHaveCount(1);
  await expect(page.getByRole('row').filter({ hasText: acknowledged[0]! })).toContainText('confirmed');
});
