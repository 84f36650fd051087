import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';

/** The browser of the system: nothing is downloaded to run these tests. */
function chromium(): string | undefined {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return places.find((place): place is string => !!place && existsSync(place));
}

/** Each call to the sandbox takes its time while `make contract` has it judged. */
const patience = process.env.JUDGE_URL ? 3 : 1;

export default defineConfig({
  testDir: './tests',
  // Each spec file starts a program of its own, so two files do not disturb each other; tests of one file share it.
  workers: 2,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  // A race in one of 146 tests does not undo a run of an hour; what passed only the second time is listed as flaky and is mended.
  retries: process.env.CI ? 1 : 0,
  timeout: 30_000 * patience,
  expect: { timeout: 7_000 * patience },
  reporter: process.env.CI ? 'dot' : 'list',
  outputDir: './test-results',
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
    // For those who would rather see no movement; it also makes pictures and colours the same each time.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: chromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-dev-shm-usage',
      ],
    },
  },
});
