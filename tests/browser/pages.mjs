// Every page: where it is, who looks at it, who must not. `ready: true` switches its tests on.

import { demo } from './kit.mjs';

/** Stays light on purpose, for use in the sun. */
const LIGHT = { light: true };
const PUBLIC = { as: 'public', not: [] };
const HOUSEHOLD = { as: 'household', not: ['public', 'clerk'] };
const office = (role) => ({ as: role, not: ['public', 'household', 'clerk'] });
/** Whoever records and manages, and no reviewer. */
const OFFICE_ACTIVITIES = { as: 'recorder', not: ['public', 'household', 'clerk', 'reviewer'] };
const TILL = { as: 'clerk', not: ['public', 'household', 'recorder'] };
const TOWN = { as: 'officer', not: ['public', 'household', 'clerk'] };
const PRINT = { as: 'manager', not: ['public', 'household', 'clerk'] };

/** `{village}` and `{household}` are those of the demo. */
export const PAGES = [
  { path: '/', ...PUBLIC, ready: true },
  { path: '/v/{village}', ...PUBLIC, ready: true },
  { path: '/v/{village}/rules', ...PUBLIC, ready: true },
  { path: '/v/{village}/goods', ...PUBLIC, ready: true },
  { path: '/v/{village}/notices', ...PUBLIC, ready: true },
  { path: '/c', ...PUBLIC, ready: true },
  { path: '/signin', ...PUBLIC, ready: true },
  { path: '/signin/staff', ...PUBLIC, ready: true },
  { path: '/help', ...PUBLIC, ready: true },
  { path: '/privacy', ...PUBLIC, ready: true },
  { path: '/settings', ...PUBLIC, ready: true },
  { path: '/offline', ...PUBLIC, ready: true },
  { path: '/kit', ...PUBLIC, ready: true },

  { path: '/home', ...HOUSEHOLD, ready: true },
  { path: '/home/objections', ...HOUSEHOLD, ready: true },
  { path: '/home/code', ...HOUSEHOLD, ready: true },
  { path: '/home/ledger', ...HOUSEHOLD, ready: true },
  { path: '/home/ledger?month=2026-10', ...HOUSEHOLD, ready: true },
  { path: '/home/ledger/1', ...HOUSEHOLD, ready: true },
  { path: '/home/members', ...HOUSEHOLD, ready: true },
  { path: '/home/account', ...HOUSEHOLD, ready: true },

  { path: '/office', ...office('manager'), ready: true },
  { path: '/office/notices', ...office('manager'), ready: true },
  { path: '/office/notices/new', ...office('recorder'), ready: true },
  { path: '/office/objections', ...office('manager'), ready: true },
  { path: '/office/objections/new', ...office('recorder'), ready: true },
  { path: '/office/households', ...office('manager'), ready: true },
  { path: '/office/households/new', ...office('manager'), ready: true },
  { path: '/office/households/{household}', ...office('manager'), ready: true },
  { path: '/office/households/{household}/ledger', ...office('reviewer'), ready: true },
  { path: '/office/households/{household}/change', ...office('recorder'), ready: true },
  { path: '/office/households/{household}/card', ...office('recorder'), ready: true },
  { path: '/office/households/{household}/pin', ...office('recorder'), ready: true },
  { path: '/office/import', ...office('manager'), ready: true },
  { path: '/office/activities', ...OFFICE_ACTIVITIES, ready: true },
  { path: '/office/activities/new?kind=cleanup', ...OFFICE_ACTIVITIES, ready: true },
  { path: '/home/activities', ...HOUSEHOLD, ready: true },
  { path: '/office/awards/new', ...office('recorder'), ready: true },
  { path: '/office/sheets/new', ...office('recorder'), ready: true },

  { path: '/office/reviews', ...office('reviewer'), ready: true },
  { path: '/office/rules', ...office('manager'), ready: true },
  { path: '/office/fund', ...office('manager'), ready: true },
  { path: '/office/staff', ...office('manager'), ready: true },
  { path: '/office/staff/new', ...office('admin'), ready: true },
  { path: '/office/journal', ...office('manager'), ready: true },
  { path: '/office/awards/new?q=01', ...office('recorder'), ready: true },
  { path: '/office/awards/new?household={household}', ...office('recorder'), ready: true },
  { path: '/office/sheets/new?rule=VL01', ...office('recorder'), ready: true },
  { path: '/office/rules/new', ...office('manager'), ready: true },
  { path: '/office/rules/new?rule=CY02', ...office('manager'), ready: true },
  { path: '/office/rules/CY02', ...office('manager'), ready: true },
  { path: '/office/rules/CY02/retire', ...office('manager'), ready: true },
  { path: '/office/fairness', ...office('manager'), ready: true },
  { path: '/office/fairness?span=year', ...office('reviewer'), ready: true },
  { path: '/office/fund/allot', ...office('manager'), ready: true },
  { path: '/office/fund/settings', ...office('manager'), ready: true },

  { path: '/till', ...TILL, ...LIGHT, ready: true },
  { path: '/till?h={household}&l=CL001*1&l=CL003*2', ...TILL, ...LIGHT, ready: true },
  { path: '/till/pay?h={household}&l=CL001*1&l=CL003*2', ...TILL, ...LIGHT, ready: true },
  { path: '/till/balance?h={household}', ...TILL, ...LIGHT, ready: true },
  { path: '/till/refunds', ...TILL, ...LIGHT, ready: true },
  { path: '/till/stock', ...TILL, ...LIGHT, ready: true },
  { path: '/till/stock/in', ...TILL, ...LIGHT, ready: true },
  { path: '/till/goods', as: 'manager', not: ['public', 'household', 'clerk'], ...LIGHT, ready: true },
  { path: '/result/00000000-0000-4000-8000-000000000001', as: 'household', not: ['public'], ready: true },

  { path: '/town', ...TOWN, ready: true },
  { path: '/town/villages/{village}', ...TOWN, ready: true },

  { path: '/print/cards', ...PRINT, ...LIGHT, ready: true },
  { path: '/print/cards?h={household}', ...PRINT, ...LIGHT, ready: true },
  { path: '/print/fairness?span=year', as: 'manager', not: ['public', 'household'], ...LIGHT, ready: true },
  { path: '/print/book/{household}', as: 'manager', not: ['public', 'household'], ...LIGHT, ready: true },
  { path: '/print/statement/{household}', as: 'household', not: ['public'], ...LIGHT, ready: true },
];

/** The pages that are there; WENMING_PAGES, a regular expression, picks some of them while working. */
export const readyPages = () => {
  const wanted = new RegExp(process.env.WENMING_PAGES ?? '');
  return PAGES.filter((page) => page.ready && wanted.test(page.path));
};

/** Its path in the running demo. */
export const pathOf = ({ path }) => path.replace(/\{(\w+)\}/g, (_, name) => demo()[name]);

/** Its path as part of a file's name. */
export const nameOf = ({ path }) => path.replace(/[{}]/g, '').replace(/^\/|\/$/g, '').replaceAll('/', '-') || 'start';
