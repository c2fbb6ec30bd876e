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
  { path: '/offline', ...PUBLIC, ready: false },
  { path: '/kit', ...PUBLIC, ready: false },

  { path: '/home', ...HOUSEHOLD, ready: false },
  { path: '/home/ledger', ...HOUSEHOLD, ready: false },
  { path: '/home/members', ...HOUSEHOLD, ready: false },
  { path: '/home/account', ...HOUSEHOLD, ready: false },

  { path: '/office', ...office('manager'), ready: false },
  { path: '/office/households', ...office('manager'), ready: false },
  { path: '/office/households/new', ...office('manager'), ready: false },
  { path: '/office/households/{household}', ...office('manager'), ready: false },
  { path: '/office/import', ...office('manager'), ready: false },
  { path: '/office/awards/new', ...office('recorder'), ready: true },
  { path: '/office/awards/new?q=01', ...office('recorder'), ready: true },
  { path: '/office/awards/new?household={household}', ...office('recorder'), ready: true },
  { path: '/office/sheets/new', ...office('recorder'), ready: true },
  { path: `/office/sheets/new?rule=VL01&group=${encodeURIComponent('第一村民小组')}`, ...office('recorder'), ready: true },
  { path: '/office/reviews', ...office('reviewer'), ready: true },
  { path: '/office/rules', ...office('manager'), ready: true },
  { path: '/office/rules/new', ...office('manager'), ready: true },
  { path: '/office/rules/new?rule=CY02', ...office('manager'), ready: true },
  { path: '/office/rules/CY02', ...office('manager'), ready: true },
  { path: '/office/rules/CY02/retire', ...office('manager'), ready: true },
  { path: '/office/fund', ...office('manager'), ready: true },
  { path: '/office/fund/allot', ...office('manager'), ready: true },
  { path: '/office/fund/settings', ...office('manager'), ready: true },
  { path: '/office/staff', ...office('manager'), ready: false },
  { path: '/office/journal', ...office('manager'), ready: false },

  { path: '/till', ...TILL, ...LIGHT, ready: false },
  { path: '/till/refunds', ...TILL, ...LIGHT, ready: false },
  { path: '/till/stock', ...TILL, ...LIGHT, ready: false },
  { path: '/till/stock/in', ...TILL, ...LIGHT, ready: false },

  { path: '/town', ...TOWN, ready: false },
  { path: '/town/villages/{village}', ...TOWN, ready: false },

  { path: '/print/cards', ...PRINT, ready: false },
  { path: '/print/book/{household}', ...PRINT, ready: false },
  { path: '/print/statement/{household}', ...PRINT, ready: false },
];

/** The pages that are there. */
export const readyPages = () => PAGES.filter((page) => page.ready);

/** Its path in the running demo. */
export const pathOf = ({ path }) => path.replace(/\{(\w+)\}/g, (_, name) => demo()[name]);

/** Its path as part of a file's name. */
export const nameOf = ({ path }) => path.replace(/[{}]/g, '').replace(/^\/|\/$/g, '').replaceAll('/', '-') || 'start';
