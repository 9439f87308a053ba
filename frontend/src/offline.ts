/** Pages that a phone may keep: what anyone may read, and the form. Nothing
 *  that is one person's: a phone may be shared. */
const kept = /^\/(fr|en|ar)\/($|choix$|choice$|demander$|apply$|donner$|donate$|donnees$|privacy$|accessibilite$|accessibility$|mentions$|legal$)/;

export type Way = 'asset' | 'page' | 'none';

/** How a request is answered: from the copy first, from the network first, or not by us. */
export function wayOf(method: string, mode: string, url: URL): Way {
  if (method !== 'GET') return 'none';
  if (url.pathname.startsWith('/assets/')) return 'asset';
  return mode === 'navigate' && kept.test(url.pathname) ? 'page' : 'none';
}

const words: Record<string, [string, string]> = {
  fr: ['Pas de connexion', 'Cette page s’ouvrira dès que la ligne reviendra. Ce que vous avez écrit est gardé sur ce téléphone.'],
  en: ['No connection', 'This page will open as soon as the line is back. What you wrote is kept on this phone.'],
  ar: ['لا يوجد اتصال', 'ستُفتح هذه الصفحة فور عودة الاتصال. ما كتبتموه محفوظ على هذا الهاتف.'],
};

/** A page for a reader without a line and without a copy. */
export function noLine(url: URL): string {
  const lang = url.pathname.split('/')[1] ?? 'fr';
  const [title, text] = words[lang] ?? (words.fr as [string, string]);
  const dir = lang === 'ar' ? 'rtl' : 'ltr';
  return `<!doctype html><html lang="${lang in words ? lang : 'fr'}" dir="${dir}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${text}</p>`;
}
