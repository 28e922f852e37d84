/** Every text of the form, by the name of the parameter that replaces it. */
export interface FormTexts {
  readonly title: string;
  readonly subtitle: string;
  readonly subtitle2: string;
  readonly labelName: string;
  readonly labelEmail: string;
  readonly labelComments: string;
  readonly labelClose: string;
  readonly labelSubmit: string;
  readonly errorGeneric: string;
  readonly errorFormEntry: string;
  readonly successMessage: string;
}

const ENGLISH: FormTexts = {
  title: 'It looks like we’re having issues.',
  subtitle: 'Our team has been notified.',
  subtitle2: 'If you’d like to help, tell us what happened below.',
  labelName: 'Name',
  labelEmail: 'Email',
  labelComments: 'What happened?',
  labelClose: 'Close',
  labelSubmit: 'Submit Crash Report',
  errorGeneric: 'An unknown error occurred while submitting your report. Please try again.',
  errorFormEntry: 'Some fields were invalid. Please correct the errors and try again.',
  successMessage: 'Your feedback has been sent. Thank you!',
};

const GERMAN: FormTexts = {
  title: 'Hier ist etwas schiefgegangen.',
  subtitle: 'Unser Team weiß Bescheid.',
  subtitle2: 'Wenn Sie helfen möchten, schreiben Sie uns, was passiert ist.',
  labelName: 'Name',
  labelEmail: 'E-Mail',
  labelComments: 'Was ist passiert?',
  labelClose: 'Schließen',
  labelSubmit: 'Bericht absenden',
  errorGeneric: 'Der Bericht konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.',
  errorFormEntry: 'Einige Felder sind ungültig. Bitte korrigieren Sie sie und versuchen Sie es noch einmal.',
  successMessage: 'Ihr Bericht wurde gesendet. Vielen Dank!',
};

const FRENCH: FormTexts = {
  title: 'Il semble que nous ayons un problème.',
  subtitle: 'Notre équipe a été prévenue.',
  subtitle2: 'Si vous souhaitez nous aider, dites-nous ce qui s’est passé.',
  labelName: 'Nom',
  labelEmail: 'Adresse e-mail',
  labelComments: 'Que s’est-il passé ?',
  labelClose: 'Fermer',
  labelSubmit: 'Envoyer le rapport',
  errorGeneric: 'Une erreur inconnue est survenue pendant l’envoi. Veuillez réessayer.',
  errorFormEntry: 'Certains champs ne sont pas valides. Veuillez les corriger et réessayer.',
  successMessage: 'Votre rapport a été envoyé. Merci !',
};

const SPANISH: FormTexts = {
  title: 'Parece que tenemos un problema.',
  subtitle: 'Nuestro equipo ha sido avisado.',
  subtitle2: 'Si quiere ayudar, cuéntenos qué ha pasado.',
  labelName: 'Nombre',
  labelEmail: 'Correo electrónico',
  labelComments: '¿Qué ha pasado?',
  labelClose: 'Cerrar',
  labelSubmit: 'Enviar el informe',
  errorGeneric: 'Se produjo un error desconocido al enviar el informe. Inténtelo de nuevo.',
  errorFormEntry: 'Algunos campos no son válidos. Corríjalos e inténtelo de nuevo.',
  successMessage: 'Su informe se ha enviado. ¡Gracias!',
};

const BY_LANGUAGE: ReadonlyMap<string, FormTexts> = new Map([
  ['en', ENGLISH],
  ['de', GERMAN],
  ['fr', FRENCH],
  ['es', SPANISH],
]);
const MAX_TEXT = 1_000;

/**
 * The texts of a form and the language that they are in. One that is not here is English, unless the title is given: then all texts are
 * thought to be given.
 */
export function textsOf(params: URLSearchParams): { readonly lang: string; readonly texts: FormTexts } {
  const wanted = languageTag(params.get('lang'));
  const language = wanted.split('-', 1)[0]?.toLowerCase() ?? '';
  const known = BY_LANGUAGE.get(language);
  const texts = Object.fromEntries(
    Object.entries(known ?? ENGLISH).map(([name, text]) => [
      name,
      params.get(name)?.slice(0, MAX_TEXT) ?? text,
    ]),
  ) as unknown as FormTexts;
  const isSaid = wanted !== '' && (known !== undefined || params.has('title'));
  return { lang: isSaid ? wanted : 'en', texts };
}

/** A language tag such as `de` or `pt-BR`; '' for what is none. */
function languageTag(text: string | null): string {
  const tag = (text ?? '').replaceAll('_', '-');
  return /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/.test(tag) ? tag : '';
}
