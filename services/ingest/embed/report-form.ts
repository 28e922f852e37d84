/** What a person has filled in. */
export interface ReportForm {
  readonly name: string;
  readonly email: string;
  readonly comments: string;
}

export type FormErrors = { readonly [field in keyof ReportForm]?: readonly string[] };

const MAX_LENGTHS: Readonly<Record<keyof ReportForm, number>> = { name: 128, email: 75, comments: 4_096 };

/** Reads the form: every field is required, and white space around it does not count. */
export function readReportForm(values: (field: keyof ReportForm) => string): {
  readonly form: ReportForm;
  readonly errors: FormErrors | undefined;
} {
  const form = {
    name: values('name').trim(),
    email: values('email').trim(),
    comments: values('comments').trim(),
  };
  const errors: { -readonly [field in keyof FormErrors]: FormErrors[field] } = {};
  for (const field of ['name', 'email', 'comments'] as const) {
    const error = errorOf(field, form[field]);
    if (error !== undefined) errors[field] = [error];
  }
  return { form, errors: Object.keys(errors).length === 0 ? undefined : errors };
}

function errorOf(field: keyof ReportForm, value: string): string | undefined {
  if (value === '') return 'This field is required.';
  const max = MAX_LENGTHS[field];
  const { length } = [...value.slice(0, max * 2 + 2)];
  if (length > max) return `Ensure this value has at most ${max} characters.`;
  return field === 'email' && !isEmail(value) ? 'Enter a valid email address.' : undefined;
}

/** One `@` with something before it and a dotted name after it: what a mistyped address lacks. */
function isEmail(value: string): boolean {
  const at = value.lastIndexOf('@');
  const labels = value.slice(at + 1).split('.');
  return at > 0 && !/[\s@]/.test(value.slice(0, at)) && labels.length > 1 && labels.every(isLabel);
}

function isLabel(label: string): boolean {
  return /^[\p{L}\p{N}-]+$/u.test(label) && !label.startsWith('-') && !label.endsWith('-');
}
