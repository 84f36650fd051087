import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, useDesk } from './desk';
import { NAMES, pages, THEMES, WIDTHS, type Shown } from './pages';

const desk = useDesk();
let all: Shown[] = [];
test.beforeAll(async () => {
  test.setTimeout(60_000);
  all = await pages(desk);
});

for (const name of NAMES) {
  test(`Nothing on the page "${name}" shuts anybody out, in light and dark, wide and narrow`, async ({ page, watch }) => {
    const shown = all.find((each) => each.name === name)!;
    if (shown.status) watch.allow(new RegExp(`status of ${shown.status}`));
    if (shown.role) await desk.open(page, shown.role, shown.path, shown.frame);
    else await page.goto(`${desk.url}${shown.path}`);
    const faults: string[] = [];
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
        // A theme changes only colours.
        const { violations } = await (colorScheme === 'light'
          ? axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
          : axe.withRules(['color-contrast', 'link-in-text-block'])
        ).analyze();
        for (const violation of violations) {
          for (const node of violation.nodes) {
            const why = [...node.any, ...node.all].map((check) => check.message).join('; ');
            faults.push(`${width} ${colorScheme}: ${violation.id}: ${node.html.slice(0, 160)} — ${why.slice(0, 200)}`);
          }
        }
      }
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) faults.push(`${width}: the page is ${over} px wider than the window`);
    }
    expect(faults).toEqual([]);
  });
}
