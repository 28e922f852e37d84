/**
 * Runs in the page of somebody else's program: a form in which a person tells what happened. It stands in a shadow root and styles itself
 * without `style` attributes or elements, so that neither the page's rules nor its content security policy break it. `<dialog>` keeps the
 * focus inside, ends with Escape and gives the focus back.
 *
 * @param {{endpoint: string, lang: string, texts: Record<string, string>, name: string, email: string}} options
 */
// biome-ignore lint/correctness/noUnusedVariables: the script that is made of this file calls it
function showReportDialog({ endpoint, lang, texts, name, email }) {
  const CLOSED = '__sentry_reportdialog_closed__';
  const own = document.currentScript;
  const target = own?.src || endpoint;

  const element = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const field = (id, label, input) => {
    const error = element('p', { id: `${id}-error`, class: 'error' });
    input.id = id;
    input.name = id;
    input.required = true;
    input.setAttribute('aria-describedby', error.id);
    return { input, error, row: element('div', {}, element('label', { for: id }, label), input, error) };
  };

  const fields = {
    name: field(
      'name',
      texts.labelName,
      element('input', { type: 'text', maxlength: '128', autocomplete: 'name' }),
    ),
    email: field(
      'email',
      texts.labelEmail,
      element('input', { type: 'email', maxlength: '75', autocomplete: 'email' }),
    ),
    comments: field('comments', texts.labelComments, element('textarea', { rows: '5', maxlength: '4096' })),
  };
  fields.name.input.value = name;
  fields.email.input.value = email;
  const status = element('p', { class: 'status', role: 'alert' });
  const submit = element('button', { type: 'submit', class: 'primary' }, texts.labelSubmit);
  const close = element('button', { type: 'button' }, texts.labelClose);
  const form = element(
    'form',
    { novalidate: '' },
    fields.name.row,
    fields.email.row,
    fields.comments.row,
    status,
    element('div', { class: 'buttons' }, submit, close),
  );
  const dialog = element(
    'dialog',
    { lang, 'aria-labelledby': 'title', 'aria-describedby': 'subtitle' },
    element('h2', { id: 'title' }, texts.title),
    element('p', { id: 'subtitle' }, `${texts.subtitle} ${texts.subtitle2}`),
    form,
  );

  const tell = (text, errors = {}) => {
    status.textContent = text;
    for (const [key, { input, error }] of Object.entries(fields)) {
      const reasons = errors[key] || [];
      error.textContent = reasons.join(' ');
      if (reasons.length > 0) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    }
    const first = Object.keys(fields).find((key) => errors[key]);
    if (first) fields[first].input.focus();
  };
  const send = async () => {
    submit.disabled = true;
    try {
      const body = new URLSearchParams();
      for (const [key, { input }] of Object.entries(fields)) body.set(key, input.value);
      const response = await fetch(target, { method: 'POST', body, headers: { accept: 'application/json' } });
      if (response.ok) {
        form.replaceChildren(status, element('div', { class: 'buttons' }, close));
        tell(texts.successMessage);
        close.focus();
        return;
      }
      const { errors } = await response.json().catch(() => ({}));
      tell(errors ? texts.errorFormEntry : texts.errorGeneric, errors);
    } catch {
      tell(texts.errorGeneric);
    } finally {
      submit.disabled = false;
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  close.addEventListener('click', () => dialog.close());

  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    dialog { box-sizing: border-box; width: min(34rem, calc(100vw - 2rem)); max-height: calc(100vh - 2rem); overflow: auto; padding: 1.5rem;
      border: 1px solid #8c8c9a; border-radius: 8px; color: #1c1c24; background: #fff; font: 16px/1.5 system-ui, sans-serif; }
    dialog::backdrop { background: rgb(0 0 0 / 60%); }
    h2 { margin: 0 0 .25rem; font-size: 1.25rem; }
    p { margin: 0 0 1rem; }
    label { display: block; margin-bottom: .25rem; font-weight: 600; }
    input, textarea { box-sizing: border-box; width: 100%; padding: .5rem; border: 1px solid #6b6b78; border-radius: 4px; font: inherit; color: inherit;
      background: transparent; }
    [aria-invalid] { border-color: #b3261e; }
    .error, .status { min-height: 1.5em; margin: 0 0 .5rem; }
    .error { color: #b3261e; font-size: .875rem; }
    .buttons { display: flex; gap: .75rem; }
    button { min-height: 44px; padding: 0 1rem; border: 1px solid #6b6b78; border-radius: 4px; font: inherit; color: inherit; background: transparent;
      cursor: pointer; }
    .primary { border-color: #4b3fae; color: #fff; background: #4b3fae; }
    :focus-visible { outline: 3px solid #4b3fae; outline-offset: 2px; }
    @media (prefers-color-scheme: dark) {
      dialog { color: #f2f2f7; background: #1c1c24; }
      .error { color: #ffb4ab; }
      [aria-invalid] { border-color: #ffb4ab; }
      :focus-visible { outline-color: #b9b0ff; }
    }
  `);
  root.adoptedStyleSheets = [sheet];
  root.append(dialog);
  dialog.addEventListener('close', () => {
    host.remove();
    window.postMessage(CLOSED, '*');
  });
  const show = () => {
    document.body.append(host);
    dialog.showModal();
    fields.name.input.focus();
  };
  if (document.body) show();
  else document.addEventListener('DOMContentLoaded', show);
}
