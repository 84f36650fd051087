import { alive, expect, test, useDesk } from './desk';

const desk = useDesk();

test('A wrong password says so and keeps the address that was asked for; the right one leads there', async ({ page }) => {
  await page.goto(`${desk.url}/cases?status=Open`);
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  const wanted = new URL(page.url()).searchParams.get('next');
  expect(wanted).toBe('/cases?status=Open');

  await desk.signInByForm(page, { ...desk.people.analyst, password: 'correct horse battery staple' });
  await expect(page.getByRole('alert')).toContainText('Wrong e-mail or password');
  expect(new URL(page.url()).searchParams.get('next')).toBe(wanted);

  await desk.signInByForm(page, desk.people.analyst);
  await expect(page).toHaveURL(`${desk.url}/cases?status=Open`);
  await alive(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Cases' })).toBeVisible();
});

test('An unknown address is answered as a wrong password is', async ({ page }) => {
  await page.goto(`${desk.url}/login`);
  await desk.signInByForm(page, { email: 'nobody@demo.example', password: 'correct horse battery staple' });
  await expect(page.getByRole('alert')).toContainText('Wrong e-mail or password');
});

test('The session cookie is for this host only, out of reach of scripts and of other sites', async ({ page, context }) => {
  await page.goto(`${desk.url}/login`);
  await desk.signInByForm(page, desk.people.analyst);
  await alive(page);
  const cookies = (await context.cookies()).filter((cookie) => cookie.name !== 'theme');
  expect(cookies.map((cookie) => cookie.name).sort()).toEqual(['__Host-device', '__Host-id']);
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ domain: '127.0.0.1', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' });
  }
  expect(await page.evaluate(() => document.cookie)).toBe('');
});

test('Signing out ends the session, also for whoever has kept the cookie', async ({ page, context }) => {
  await page.goto(`${desk.url}/login`);
  await desk.signInByForm(page, desk.people.auditor);
  await alive(page);
  const kept = (await context.cookies()).find((cookie) => cookie.name === '__Host-id')!;
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();

  await page.goto(`${desk.url}/queue`);
  await expect(page).toHaveURL(/\/login\?next=/);
  const answer = await fetch(`${desk.url}/queue`, { headers: { cookie: `${kept.name}=${kept.value}` }, redirect: 'manual' });
  expect(answer.status).toBeGreaterThanOrEqual(300);
  expect(answer.headers.get('location')).toMatch(/^\/login/);
});

test('Nobody is sent to another site after signing in', async () => {
  for (const next of ['//elsewhere.example', 'https://elsewhere.example', '/\\elsewhere.example']) {
    const answer = await desk.post('/api/sign-in', { ...desk.people.analyst, next });
    expect(answer.headers.get('location'), next).toBe('/');
  }
});

test('A form sent from another site is refused', async () => {
  const session = await desk.session('analyst');
  const answer = await fetch(`${desk.url}/api/sign-out`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `${session.name}=${session.value}`, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
  });
  expect(answer.status).toBe(403);
  expect((await desk.fetch('analyst', '/queue')).status).toBe(200);
});

test('What a role may not see is answered with 403, and what does not exist with 404', async ({ page, watch }) => {
  watch.allow(/status of 40[34]/);
  await desk.open(page, 'analyst', '/queue');
  const refused = await page.goto(`${desk.url}/admin/reviewers`);
  expect(refused?.status()).toBe(403);
  await alive(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your role cannot see this');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Reviewers' })).toHaveCount(0);

  const unknown = await page.goto(`${desk.url}/no-such-page`);
  expect(unknown?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such page');

  const unknownInquiry = await page.goto(`${desk.url}/inquiries/inq_doesnotexist`);
  expect(unknownInquiry?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such inquiry');
});

test('Without a session no page tells whether it exists', async () => {
  for (const path of ['/queue', '/admin/reviewers', '/no-such-page', '/inquiries/inq_doesnotexist']) {
    const answer = await fetch(`${desk.url}${path}`, { redirect: 'manual' });
    expect(answer.headers.get('location'), path).toBe(`/login?next=${encodeURIComponent(path)}`);
  }
  for (const path of ['/live', '/audit/export', '/documents/doc_1/front']) {
    expect((await fetch(`${desk.url}${path}`, { redirect: 'manual' })).status, path).toBe(401);
  }
});
