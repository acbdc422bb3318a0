package autodiff

import "context"

// Until makes what is built in the graph, compiled of it or run, end with an *Error once the context is done, which wraps
// the context's. A program can then be run no further. A nil context, as at first, never is. Whoever sets it sets it back:
// it returns the one before. It must not be called while the graph is in use.
func (g *Graph) Until(ctx context.Context) (before context.Context) {
	before, g.until = g.until, ctx
	g.done = nil
	if ctx != nil {
		g.done = ctx.Done()
	}
	return before
}

// check fails once the graph's context is done.
func (g *Graph) check() {
	select {
	case <-g.done:
		panic(&Error{Op: "stopped", Message: g.until.Err().Error(), cause: g.until.Err()})
	default: // also without a context
	}
}
