import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './App.vue'
import { queryClient } from './lib/query'
import { router } from './router'
import './styles/main.css'

createApp(App).use(VueQueryPlugin, { queryClient }).use(router).mount('#app')
