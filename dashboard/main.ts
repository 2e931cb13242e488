import './fonts.css';
import './tokens.css';
import './base.css';
import { createApp } from 'vue';
import App from './app.vue';
import { reloadOnNewBuild } from './live/reload.ts';
import { registerWorker } from './offline/register.ts';
import { router } from './router.ts';

createApp(App).use(router).mount('#app');
reloadOnNewBuild();
void registerWorker();
