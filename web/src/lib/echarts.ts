// Only the parts of ECharts that the charts use; loaded with the first chart.
import { BarChart } from 'echarts/charts'
import { BrushComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, GridComponent, TooltipComponent, BrushComponent, CanvasRenderer])

export { init }
export type { ECharts } from 'echarts/core'
