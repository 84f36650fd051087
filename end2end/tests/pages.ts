/** Every page, and the role that opens it. */
import type { Desk, Role } from './desk';
import { until } from './desk';

export interface Shown {
  name: string;
  path: string;
  role?: Role;
  status?: number;
  /** Whether the page has the navigation around it. */
  frame?: boolean;
}

export async function pages(desk: Desk): Promise<Shown[]> {
  const html = await desk.get('analyst', '/queue');
  const inquiry = /\/inquiries\/inq_\w+/.exec(html)![0];
  // Opened once before, so that its evidence is read.
  await until('the evidence is read', async () => (await desk.get('analyst', inquiry)).includes('id="checks"'));
  const found = /\/cases\/case_\w+/.exec(await desk.get('analyst', '/cases'))![0];
  const graph = /\/accounts\/act_\w+\/relations/.exec(await desk.get('analyst', '/relations?search=Harbor%20Trade'))![0];
  await until('Persona was asked about all accounts', async () => (await desk.get('analyst', graph)).includes('Persona was asked'), 20_000);
  await desk.post('/api/policy-set', { version: '0', hours: '24', by_template: '', deal: 'oldest-due', blind: '100' }, 'admin');
  await desk.post('/api/note-add', { kind: 'inquiry', subject: inquiry.split('/')[2]!, body: '@Maya Okafor: the same face as in May?' }, 'colleague');
  // One decision, so that lists and log are not empty.
  const id = (await desk.inquiries('needs_review')).at(-1)!;
  await desk.post('/api/decide', { inquiry: id, version: await desk.version(id), verdict: 'approve', reason: 'other', comment: 'Known to us for years.' }, 'analyst');
  await until('Persona has it', async () => (await desk.effects(id)).length > 0);
  const blind = await until('it is dealt to a colleague', async () => {
    const location = (await desk.post('/api/blind-next', {}, 'colleague')).headers.get('location') ?? '';
    return location.endsWith('/blind') && location;
  });
  return [
    { name: 'login', path: '/login?failed=1' },
    { name: 'queue', path: '/queue', role: 'analyst' },
    { name: 'inquiry', path: inquiry, role: 'analyst' },
    { name: 'inquiry-decided', path: `/inquiries/${id}`, role: 'analyst' },
    { name: 'cases', path: '/cases', role: 'analyst' },
    { name: 'case', path: found, role: 'analyst' },
    { name: 'relations', path: '/relations', role: 'analyst' },
    { name: 'account', path: graph.replace('/relations', ''), role: 'analyst' },
    { name: 'graph', path: graph, role: 'analyst' },
    { name: 'decisions', path: '/decisions', role: 'analyst' },
    { name: 'blind', path: new URL(blind, desk.url).pathname, role: 'colleague' },
    { name: 'mentions', path: '/mentions', role: 'analyst' },
    { name: 'returned', path: '/returned', role: 'analyst' },
    { name: 'audit', path: '/audit', role: 'auditor' },
    { name: 'audit-entry', path: '/audit/entries/3', role: 'auditor' },
    { name: 'audit-verify', path: '/audit/verify', role: 'auditor' },
    { name: 'retention', path: '/admin/retention', role: 'admin' },
    { name: 'reviewers', path: '/admin/reviewers', role: 'admin' },
    { name: 'rules', path: '/admin/rules', role: 'admin' },
    { name: 'figures', path: '/admin/figures', role: 'auditor' },
    { name: 'persona', path: '/admin/persona', role: 'admin' },
    { name: 'own-account', path: '/account', role: 'analyst' },
    { name: 'not-found', path: '/no-such-page', role: 'analyst', status: 404, frame: false },
    { name: 'not-allowed', path: '/audit', role: 'analyst', status: 403 },
  ];
}

export const NAMES = [
  'login', 'queue', 'inquiry', 'inquiry-decided', 'cases', 'case', 'relations', 'account', 'graph', 'decisions', 'blind', 'mentions', 'returned', 'audit',
  'audit-entry', 'audit-verify', 'retention', 'reviewers', 'rules', 'figures', 'persona', 'own-account', 'not-found', 'not-allowed',
] as const;
export const THEMES = ['light', 'dark'] as const;
export const WIDTHS = [1440, 390] as const;
