import { expect, test, until, useDesk, patient } from './desk';

const desk = useDesk();
let graph = '';
test.beforeAll(async () => {
  const html = await desk.get('analyst', `/relations?search=${encodeURIComponent('Harbor Trade LLC')}`);
  graph = /\/accounts\/act_\w+\/relations/.exec(html)![0];
  // The first view makes the desk ask Persona, account by account.
  await until('Persona was asked about all accounts', async () => (await desk.get('analyst', graph)).includes('Persona was asked'), 20_000);
});

test.describe('Without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('The whole graph stands in the HTML that the server sends', async ({ page, context }) => {
    const session = await desk.session('analyst');
    await context.addCookies([{ ...session, url: desk.url.replace('http:', 'https:'), secure: true }]);
    await page.goto(`${desk.url}${graph}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Harbor Trade LLC');
    const [, nodes, edges] = /(\d+) nodes, (\d+) relations/.exec((await page.locator('main').textContent()) ?? '')!;
    expect(Number(nodes)).toBeGreaterThan(5);
    await expect(page.locator('svg g.node')).toHaveCount(Number(nodes));
    await expect(page.locator('svg g.edge')).toHaveCount(Number(edges));
    await expect(page.locator('#table tbody tr')).toHaveCount(Number(edges));
    await expect(page.locator('svg g.node text.label').filter({ hasText: /^Harbor Trade LLC$/ })).toBeVisible();
  });
});

test('A node is selected by key, and the page says why it is linked', async ({ page }) => {
  await desk.open(page, 'analyst', graph);
  const picture = page.getByRole('group', { name: /^Relation graph/ });
  const node = picture.getByRole('button').nth(4);
  const name = (await node.getAttribute('aria-label'))!;
  await node.focus();
  await page.keyboard.press('Enter');
  await expect(node).toHaveAttribute('aria-pressed', 'true');
  const selected = page.getByRole('complementary', { name: 'Selected' });
  await expect(selected.getByRole('heading', { name: 'Why it is linked' })).toBeVisible();
  const way = selected.locator('ol.why li');
  await expect(way.first()).toHaveText('Harbor Trade LLC');
  expect(name).toContain((await way.last().locator('[dir=auto]').textContent())!);
  // The path is highlighted, with one edge for each step.
  await expect(picture.locator('g.edge.lit')).toHaveCount((await way.count()) - 1);

  // From there the user follows a relation, with the list next to the graph.
  await selected.getByRole('button').first().click();
  await expect(node).toHaveAttribute('aria-pressed', 'false');
});

test('The picture is zoomed by buttons and keys, and made whole again', async ({ page }) => {
  await desk.open(page, 'analyst', graph);
  const picture = page.getByRole('group', { name: /^Relation graph/ });
  const seen = () => picture.getAttribute('viewBox');
  const width = async () => Number((await seen())!.split(' ')[2]);
  const whole = await seen();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(width).toBeLessThan(Number(whole!.split(' ')[2]));
  await page.getByRole('button', { name: 'Fit' }).click();
  await expect(picture).toHaveAttribute('viewBox', whole!);
  await page.keyboard.press('-');
  await expect.poll(width).toBeGreaterThan(Number(whole!.split(' ')[2]));
  await page.keyboard.press('f');
  await expect(picture).toHaveAttribute('viewBox', whole!);
});

test('The picture is dragged, and a click on a node still selects it', async ({ page }) => {
  await desk.open(page, 'analyst', graph);
  const picture = page.getByRole('group', { name: /^Relation graph/ });
  const whole = await picture.getAttribute('viewBox');
  const box = (await picture.boundingBox())!;
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 90, box.y + 60, { steps: 3 });
  await page.mouse.up();
  await expect(picture).not.toHaveAttribute('viewBox', whole!);
  await page.getByRole('button', { name: 'Fit' }).click();
  const node = picture.getByRole('button').nth(3);
  await node.locator('circle, rect').click();
  await expect(node).toHaveAttribute('aria-pressed', 'true');
});

test('The table holds as many rows as the picture has edges, for each distance', async ({ page }) => {
  await desk.open(page, 'analyst', graph);
  const picture = page.getByRole('group', { name: /^Relation graph/ });
  const counts: number[] = [];
  for (const hops of [1, 2, 3]) {
    await page.getByRole('navigation', { name: 'Distance' }).getByRole('link', { name: new RegExp(`^${hops} hops?$`) }).click();
    await expect(page).toHaveURL(new RegExp(`hops=${hops}$`));
    await expect(page.getByRole('navigation', { name: 'Distance' }).locator('[aria-current=page]')).toHaveText(new RegExp(`^${hops} `));
    await expect(page.locator('main')).toContainText('Persona was asked', { timeout: patient(15_000) });
    const edges = await picture.locator('g.edge').count();
    await expect(page.locator('#table tbody tr')).toHaveCount(edges);
    counts.push(edges);
  }
  expect(counts[0]).toBeGreaterThan(0);
  expect(counts[1]).toBeGreaterThanOrEqual(counts[0]!);
  expect(counts[2]).toBeGreaterThanOrEqual(counts[1]!);
});

test('A key that is shown works: / leads into the search for accounts', async ({ page }) => {
  await desk.open(page, 'analyst', '/relations');
  await expect(page.getByRole('search').locator('kbd')).toHaveText('/');
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
});
