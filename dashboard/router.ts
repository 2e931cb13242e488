import { createRouter, createWebHistory } from 'vue-router';
import { guardPages } from './session/gate.ts';
import { signOutWhenLeft } from './session/idle.ts';

/** Each page is its own chunk: a wall loads no chart library that it does not draw with. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/plant' },
    { path: '/wall', redirect: '/wall/all' },
    {
      path: '/wall/:pages+',
      component: () => import('./views/wall/WallView.vue'),
      props: true,
      meta: { theme: 'dark' },
    },
    { path: '/plant', component: () => import('./views/plant/PlantView.vue') },
    { path: '/machine/:id', component: () => import('./views/machine/MachineView.vue'), props: true },
    { path: '/operator', component: () => import('./views/operator/OperatorHome.vue'), meta: { theme: 'station' } },
    {
      path: '/operator/:machine',
      component: () => import('./views/operator/OperatorView.vue'),
      props: true,
      meta: { theme: 'station' },
    },
    { path: '/desk/:line?', component: () => import('./views/desk/DeskView.vue'), props: true },
    { path: '/energy', component: () => import('./views/energy/EnergyView.vue') },
    { path: '/reports', component: () => import('./views/reports/ReportsView.vue') },
    { path: '/alerts', component: () => import('./views/alerts/AlertsView.vue') },
    { path: '/sources', component: () => import('./views/sources/SourcesView.vue') },
    { path: '/signin', component: () => import('./views/signin/SignInView.vue'), meta: { open: true } },
    { path: '/first', component: () => import('./views/signin/FirstView.vue'), meta: { open: true } },
    { path: '/kiosk', component: () => import('./views/signin/KioskView.vue'), meta: { open: true } },
    { path: '/account', component: () => import('./views/signin/AccountView.vue') },
    { path: '/admin', redirect: '/admin/people' },
    { path: '/admin/:part', component: () => import('./views/admin/AdminView.vue'), props: true },
    { path: '/glossary', component: () => import('./glossary/GlossaryView.vue') },
    { path: '/:rest(.*)*', component: () => import('./views/NotFound.vue') },
  ],
});
// The script of a page is fetched while the server is asked who this is, not after its answer.
router.beforeEach((to) => {
  for (const { components } of to.matched) {
    const page = components?.['default'];
    if (typeof page === 'function') void (page as () => Promise<unknown>)().catch(() => undefined);
  }
});
guardPages(router);
signOutWhenLeft(router);
