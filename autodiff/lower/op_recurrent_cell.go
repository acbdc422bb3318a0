package lower

import "onnx-metainit/autodiff"

var recurrentRows = []operator{
	{name: "GRU", since: 1, inputs: arity{3, 6}, lower: lowerGRU, factors: []int{0, 1, 2},
		roles: roles{3: {Affine, "bias"}, 5: {FixedUniform, "initial state"}}, ignores: []string{"output_sequence"}},
	{name: "LSTM", since: 1, inputs: arity{3, 8}, lower: lowerLSTM, factors: []int{0, 1, 2},
		roles:   roles{3: {Affine, "bias"}, 5: {FixedUniform, "initial state"}, 6: {FixedUniform, "initial cell"}, 7: {Affine, "peephole"}},
		ignores: []string{"output_sequence"}},
	{name: "RNN", since: 1, inputs: arity{3, 6}, lower: lowerRNN, factors: []int{0, 1, 2},
		roles: roles{3: {Affine, "bias"}, 5: {FixedUniform, "initial state"}}, ignores: []string{"output_sequence"}},
}

// lowerLSTM has the gates i, o, f, c in this order and the peepholes i, o, f:
//
//	i = f(Wᵢx + Rᵢh + bᵢ + Pᵢ⊙c)    f = f(W_f x + R_f h + b_f + P_f⊙c)    c' = f⊙c + i⊙g(W_c x + R_c h + b_c)
//	o = f(Wₒx + Rₒh + bₒ + Pₒ⊙c')   h' = o⊙h(c')
func lowerLSTM(c *call) []value {
	forget := c.flag("input_forget", false)
	r := c.recurrent(4, "Sigmoid", "Tanh", "Tanh")
	return r.run(func(xw, h, cell *autodiff.Node) (*autodiff.Node, *autodiff.Node) {
		gates := autodiff.Add(xw, r.recur(h, 0, 4))
		peep := func(gate int, state *autodiff.Node) *autodiff.Node {
			x := r.gate(gates, gate, gate+1)
			if r.peephole != nil {
				x = autodiff.Add(x, autodiff.Mul(r.gate(r.peephole, gate, gate+1), state))
			}
			return r.clipped(x)
		}
		in := r.f[0](peep(0, cell))
		kept := r.f[0](peep(2, cell))
		if forget {
			kept = autodiff.Sub(c.scalar(1), in)
		}
		next := autodiff.Add(autodiff.Mul(kept, cell), autodiff.Mul(in, r.f[1](r.clipped(r.gate(gates, 3, 4)))))
		return autodiff.Mul(r.f[0](peep(1, next)), r.f[2](next)), next
	})
}

// lowerGRU has the gates z, r, h in this order:
//
//	z = f(W_z x + R_z h + b_z)    r = f(W_r x + R_r h + b_r)
//	n = g(W_h x + R_h (r⊙h) + b_h), or with linear_before_reset g(W_h x + w_h + r⊙(R_h h + r_h))
//	h' = (1 − z)⊙n + z⊙h
func lowerGRU(c *call) []value {
	linearFirst := c.flag("linear_before_reset", false)
	r := c.recurrent(3, "Sigmoid", "Tanh")
	return r.run(func(xw, h, _ *autodiff.Node) (*autodiff.Node, *autodiff.Node) {
		gates := autodiff.Add(r.gate(xw, 0, 2), r.recur(h, 0, 2))
		z, reset := r.f[0](r.clipped(r.gate(gates, 0, 1))), r.f[0](r.clipped(r.gate(gates, 1, 2)))
		var recurred *autodiff.Node
		if linearFirst {
			recurred = autodiff.Mul(reset, r.recur(h, 2, 3))
		} else {
			recurred = r.recur(autodiff.Mul(reset, h), 2, 3)
		}
		n := r.f[1](r.clipped(autodiff.Add(r.gate(xw, 2, 3), recurred)))
		return autodiff.Add(autodiff.Mul(autodiff.Sub(c.scalar(1), z), n), autodiff.Mul(z, h)), nil
	})
}

// lowerRNN is h' = f(Wx + Rh + b).
func lowerRNN(c *call) []value {
	r := c.recurrent(1, "Tanh")
	return r.run(func(xw, h, _ *autodiff.Node) (*autodiff.Node, *autodiff.Node) {
		return r.f[0](r.clipped(autodiff.Add(xw, r.recur(h, 0, 1)))), nil
	})
}
