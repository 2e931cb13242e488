import type { Role } from './access.ts';

/*
 * People of the demo plant: one tap, no password, and only while a demo plant is served on the loopback address. None of them
 * is an administrator: that takes the link on the console.
 */
export interface DemoPerson {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: 'all' | readonly string[];
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { id: 'demo-viewer', name: 'demo viewer', role: 'viewer', scopes: 'all' },
  { id: 'demo-operator', name: 'demo operator', role: 'operator', scopes: 'all' },
  { id: 'demo-supervisor', name: 'demo supervisor', role: 'supervisor', scopes: 'all' },
  { id: 'demo-energy', name: 'demo energy manager', role: 'energyManager', scopes: 'all' },
  { id: 'demo-engineer', name: 'demo engineer', role: 'engineer', scopes: 'all' },
];
