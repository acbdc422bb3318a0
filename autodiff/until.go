package autodiff

import "context"

// Until sets a context: once it is done, building in the graph, compiling programs of it and running them end with an
// *Error that wraps the context's error. A graph starts with nil, which is never done. Until returns the context that was
// set before, so that the caller can set it again. It must not be called while the graph is in use.
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
