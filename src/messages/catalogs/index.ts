import { af } from './af.js';
import { ar } from './ar.js';
import type { Catalog } from './catalog.js';
import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { it } from './it.js';
import { nl } from './nl.js';
import { pl } from './pl.js';
import { pt } from './pt.js';
import { ru } from './ru.js';
import { tr } from './tr.js';

export const CATALOGS = { af, ar, de, en, es, fr, it, nl, pl, pt, ru, tr } as const satisfies Record<string, Catalog>;

/** A language that the gateway's own texts exist in. */
export type Language = keyof typeof CATALOGS;
