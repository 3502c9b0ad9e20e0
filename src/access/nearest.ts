// Moved: lower rooms ask for the nearest name, too.
export { nearest } from '../lib/nearest.ts';
