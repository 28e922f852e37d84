/** Whether a text is an IPv6 address, also with an IPv4 address at its end. `::` alone is none here: it stands in too many texts. */
export function isIpV6(text: string): boolean {
  if (text.length > 45 || text === '::') return false;
  // Eight groups and what is between them.
  if (text.length < 15 && !text.includes('::')) return false;
  const gap = text.indexOf('::');
  if (gap >= 0 && text.indexOf('::', gap + 1) >= 0) return false;
  const head = gap < 0 ? text : text.slice(0, gap);
  const tail = gap < 0 ? '' : text.slice(gap + 2);
  const groups = countGroups(head, gap < 0) + countGroups(tail, true);
  return gap < 0 ? groups === 8 : groups <= 7;
}

/** Not a number when one is no group; an IPv4 address at the end is two. */
function countGroups(text: string, mayEndInIpV4: boolean): number {
  if (text === '') return 0;
  const groups = text.split(':');
  let count = groups.length;
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) continue;
    if (mayEndInIpV4 && i === groups.length - 1 && isIpV4(group)) count++;
    else return Number.NaN;
  }
  return count;
}

function isIpV4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255);
}
