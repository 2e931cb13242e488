import { createRouter, createWebHistory } from 'vue-router';

/** Each page is its own chunk: a wall loads no chart library that it does not draw with. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/plant' },
    { path: '/wall', redirect: '/wall/site' },
    { path: '/wall/:line', component: () => import('./views/wall/WallView.vue'), props: true, meta: { theme: 'dark' } },
    { path: '/plant', component: () => import('./views/plant/PlantView.vue') },
    { path: '/machine/:id', component: () => import('./views/machine/MachineView.vue'), props: true },
    { path: '/operator', component: () => import('./views/operator/OperatorHome.vue'), meta: { theme: 'station' } },
    {
      path: '/operator/:machine',
      component: () => import('./views/operator/OperatorView.vue'),
      props: true,
      meta: { theme: 'station' },
    },
    { path: '/energy', component: () => import('./views/energy/EnergyView.vue') },
    { path: '/sources', component: () => import('./views/sources/SourcesView.vue') },
    { path: '/:rest(.*)*', component: () => import('./views/NotFound.vue') },
  ],
});
