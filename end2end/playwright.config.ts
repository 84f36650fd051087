import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';

/** The browser of the system, so that these tests download nothing. */
function chromium(): string | undefined {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return places.find((place): place is string => !!place && existsSync(place));
}

/** Each call to the sandbox takes longer while `make contract` has it judged. */
const patience = process.env.JUDGE_URL ? 3 : 1;

export default defineConfig({
  testDir: './tests',
  // Each spec file starts its own program, so two files do not disturb each other; tests of one file share it.
  workers: 2,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  // A race in one of 146 tests must not fail a run of an hour. A test that passes only at the second attempt is listed
  // as flaky, and is repaired.
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
    // For users who prefer no motion; it also makes screenshots and colours repeatable.
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
