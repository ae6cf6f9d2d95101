/** `/assets/uplot.js` is served from the package. */
import uPlot from 'uplot';
export default uPlot;
