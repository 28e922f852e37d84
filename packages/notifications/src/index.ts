export { type ListenOptions, listen } from './listen.ts';
export { notify } from './notify.ts';
