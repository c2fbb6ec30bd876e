// Every page: where it is, who looks at it, who must not. `ready: true` switches its tests on.

import { demo } from './kit.mjs';

/** Stays light on purpose, for use in the sun. */
const LIGHT = { light: true };
const PUBLIC = { as: 'public', not: [] };
const HOUSEHOLD = { as: 'household', not: ['public', 'clerk'] };
const office = (role) => ({ as: role, not: ['public', 'household', 'clerk'] });
const TILL = { as: 'clerk', not: ['public', 'household', 'recorder'] };
const TOWN = { as: 'officer', not: ['public', 'household', 'clerk'] };
const PRINT = { as: 'manager', not: ['public', 'clerk'] };

/** `{village}` and `{household}` are those of the demo. */
export const PAGES = [
  { path: '/', ...PUBLIC, ready: false },
  { path: '/v/{village}', ...PUBLIC, ready: false },
  { path: '/v/{village}/rules', ...PUBLIC, ready: false },
  { path: '/v/{village}/goods', ...PUBLIC, ready: false },
  { path: '/c', ...PUBLIC, ready: false },
  { path: '/signin', ...PUBLIC, ready: false },
  { path: '/signin/staff', ...PUBLIC, ready: false },
  { path: '/help', ...PUBLIC, ready: false },
  { path: '/privacy', ...PUBLIC, ready: false },
  { path: '/settings', ...PUBLIC, ready: false },
  { path: '/offline', ...PUBLIC, ready: true },
  { path: '/kit', ...PUBLIC, ready: true },

  { path: '/home', ...HOUSEHOLD, ready: false },
  { path: '/home/ledger', ...HOUSEHOLD, ready: false },
  { path: '/home/members', ...HOUSEHOLD, ready: false },
  { path: '/home/account', ...HOUSEHOLD, ready: false },

  { path: '/office', ...office('manager'), ready: false },
  { path: '/office/households', ...office('manager'), ready: false },
  { path: '/office/households/new', ...office('manager'), ready: false },
  { path: '/office/households/{household}', ...office('manager'), ready: false },
  { path: '/office/import', ...office('manager'), ready: false },
  { path: '/office/awards/new', ...office('recorder'), ready: false },
  { path: '/office/sheets/new', ...office('recorder'), ready: false },
  { path: '/office/reviews', ...office('reviewer'), ready: false },
  { path: '/office/rules', ...office('manager'), ready: false },
  { path: '/office/fund', ...office('manager'), ready: false },
  { path: '/office/staff', ...office('manager'), ready: false },
  { path: '/office/journal', ...office('manager'), ready: false },

  { path: '/till', ...TILL, ...LIGHT, ready: false },
  { path: '/till/refunds', ...TILL, ...LIGHT, ready: false },
  { path: '/till/stock', ...TILL, ...LIGHT, ready: false },
  { path: '/till/stock/in', ...TILL, ...LIGHT, ready: false },

  { path: '/town', ...TOWN, ready: true },
  { path: '/town/villages/{village}', ...TOWN, ready: true },

  { path: '/print/cards', ...PRINT, ready: false },
  { path: '/print/book/{household}', ...PRINT, ready: false },
  { path: '/print/statement/{household}', ...PRINT, ready: false },
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
