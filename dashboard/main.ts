import './fonts.css';
import './tokens.css';
import './base.css';
import { createApp } from 'vue';
import App from './app.vue';
import { firstLanguage, i18n, showLanguage } from './language/language.ts';
import { followNames } from './language/names.ts';
import { reloadOnNewBuild } from './live/reload.ts';
import { registerWorker } from './offline/register.ts';
import { router } from './router.ts';

// Without its messages a page is shown in English rather than not at all.
await showLanguage(firstLanguage()).catch(() => undefined);
followNames();
createApp(App).use(router).use(i18n).mount('#app');
reloadOnNewBuild();
void registerWorker();
