// Before the first paint, so that a chosen theme does not flash the other one. The key is the one of src/app/preferences.ts.
try {
  const { theme } = JSON.parse(localStorage.getItem('culprit.preferences') ?? '{}');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // No storage, or something else wrote there: the system's theme it is.
}
