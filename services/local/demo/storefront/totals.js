/** Shows what the server answered: `{totals: {shipping: {amount}}}`, in cents. */
export function showTotals({ totals }) {
  document.querySelector('#shipping').textContent = (totals.shipping.amount / 100).toFixed(2);
}
