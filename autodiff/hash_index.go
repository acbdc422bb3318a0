package autodiff

// hashIndex finds numbers by the hashes of what they stand for: an open table, which is searched from the place on that a
// hash says. Equal hashes do not make equal things: the caller compares these.
type hashIndex struct {
	slots []slot // 2^k
	count int
}

// slot holds a number and its hash, or is free.
type slot struct {
	hash uint32
	next int32 // the number + 1, 0 if the slot is free
}

// find returns the number with a hash that is the same as what is sought, if there is one.
func (x *hashIndex) find(hash uint32, same func(number int32) bool) (number int32, ok bool) {
	if x.count == 0 {
		return 0, false
	}
	for i := x.home(hash); x.slots[i].next > 0; i = x.after(i) {
		if s := x.slots[i]; s.hash == hash && same(s.next-1) {
			return s.next - 1, true
		}
	}
	return 0, false
}

// add adds a number.
func (x *hashIndex) add(hash uint32, number int32) {
	if 4*(x.count+1) > 3*len(x.slots) {
		x.grow()
	}
	x.count++
	x.put(slot{hash, number + 1})
}

// drop removes a number that was added: what was put further on because of it moves up.
func (x *hashIndex) drop(hash uint32, number int32) {
	gap := x.home(hash)
	for x.slots[gap].next != number+1 {
		gap = x.after(gap)
	}
	for i := x.after(gap); x.slots[i].next > 0; i = x.after(i) {
		if x.distance(x.home(x.slots[i].hash), i) >= x.distance(gap, i) {
			x.slots[gap], gap = x.slots[i], i
		}
	}
	x.slots[gap] = slot{}
	x.count--
}

func (x *hashIndex) grow() {
	old := x.slots
	x.slots = make([]slot, max(2*len(old), 64))
	for _, s := range old {
		if s.next > 0 {
			x.put(s)
		}
	}
}

func (x *hashIndex) put(s slot) {
	i := x.home(s.hash)
	for x.slots[i].next > 0 {
		i = x.after(i)
	}
	x.slots[i] = s
}

// home is where the search for a hash begins, after the place that follows, and distance how far it is from one to another.
func (x *hashIndex) home(hash uint32) int      { return int(hash) & (len(x.slots) - 1) }
func (x *hashIndex) after(i int) int           { return (i + 1) & (len(x.slots) - 1) }
func (x *hashIndex) distance(from, to int) int { return (to - from) & (len(x.slots) - 1) }
