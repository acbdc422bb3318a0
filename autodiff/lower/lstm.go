package lower

import "onnx-metainit/autodiff"

// lowerLSTM has the gates i, o, f, c in this order and the peepholes i, o, f:
//
//	i = f(Wᵢx + Rᵢh + bᵢ + Pᵢ⊙c)    f = f(W_f x + R_f h + b_f + P_f⊙c)    c' = f⊙c + i⊙g(W_c x + R_c h + b_c)
//	o = f(Wₒx + Rₒh + bₒ + Pₒ⊙c')   h' = o⊙h(c')
func lowerLSTM(c *call) []Value {
	forget := c.flag("input_forget", false)
	r := c.recurrent(4, "Sigmoid", "Tanh", "Tanh")
	return r.run(func(d *direction, xw, h, cell *autodiff.Node) (*autodiff.Node, *autodiff.Node) {
		gates := autodiff.Add(xw, d.recur(h, 0, 4))
		peep := func(gate int, state *autodiff.Node) *autodiff.Node {
			x := r.gate(gates, gate)
			if d.peephole != nil {
				x = autodiff.Add(x, autodiff.Mul(r.part(d.peephole, gate, gate+1), state))
			}
			return r.clipped(x)
		}
		in := d.f[0](peep(0, cell))
		kept := d.f[0](peep(2, cell))
		if forget {
			kept = autodiff.Sub(c.scalar(1), in)
		}
		next := autodiff.Add(autodiff.Mul(kept, cell), autodiff.Mul(in, d.f[1](r.clipped(r.gate(gates, 3)))))
		return autodiff.Mul(d.f[0](peep(1, next)), d.f[2](next)), next
	})
}

// lowerGRU has the gates z, r, h in this order:
//
//	z = f(W_z x + R_z h + b_z)    r = f(W_r x + R_r h + b_r)
//	n = g(W_h x + R_h (r⊙h) + b_h), or with linear_before_reset g(W_h x + w_h + r⊙(R_h h + r_h))
//	h' = (1 − z)⊙n + z⊙h
func lowerGRU(c *call) []Value {
	linearFirst := c.flag("linear_before_reset", false)
	r := c.recurrent(3, "Sigmoid", "Tanh")
	return r.run(func(d *direction, xw, h, _ *autodiff.Node) (*autodiff.Node, *autodiff.Node) {
		gates := autodiff.Add(autodiff.SliceAxis(xw, 1, 0, 2*r.hidden), d.recur(h, 0, 2))
		z, reset := d.f[0](r.clipped(r.gate(gates, 0))), d.f[0](r.clipped(r.gate(gates, 1)))
		var recurred *autodiff.Node
		if linearFirst {
			recurred = autodiff.Mul(reset, d.recur(h, 2, 3))
		} else {
			recurred = d.recur(autodiff.Mul(reset, h), 2, 3)
		}
		n := d.f[1](r.clipped(autodiff.Add(r.gate(xw, 2), recurred)))
		return autodiff.Add(autodiff.Mul(autodiff.Sub(c.scalar(1), z), n), autodiff.Mul(z, h)), nil
	})
}

// lowerRNN is h' = f(Wx + Rh + b).
func lowerRNN(c *call) []Value {
	r := c.recurrent(1, "Tanh")
	return r.run(func(d *direction, xw, h, _ *autodiff.Node) (*autodiff.Node, *autodiff.Node) {
		return d.f[0](r.clipped(autodiff.Add(xw, d.recur(h, 0, 1)))), nil
	})
}
