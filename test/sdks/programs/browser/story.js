// The story that every SDK's program tells, in a browser. The address says which SDK, and where to send to.
const STORIES = {
  browser: () => import('./browser.js'),
  react: () => import('./react.js'),
  'raven-js': () => import('./raven-js.js'),
};
const given = new URLSearchParams(location.search);
const { tell } = await STORIES[given.get('sdk')]();
window.told = await tell(given.get('dsn'));
