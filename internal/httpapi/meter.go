package httpapi

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// meter counts requests by route and status; nothing personal is a label.
type meter struct {
	seconds *prometheus.HistogramVec
}

func newMeter(registry prometheus.Registerer) (*meter, error) {
	m := &meter{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "passerelle_request_seconds",
		Help:    "Time to answer a request, by method, route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "route", "status"})}
	return m, registry.Register(m.seconds)
}

func (m *meter) observe(method, route string, status int, spent time.Duration) {
	m.seconds.WithLabelValues(method, route, strconv.Itoa(status)).Observe(spent.Seconds())
}
