/** In every page that is made: what is changed by hand is lost. */
export const GENERATED = "<!-- Made by `npm run documents`. Do not edit. -->";
