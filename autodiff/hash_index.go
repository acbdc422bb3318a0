package autodiff

// hashIndex finds numbers by the hashes of what they stand for. It has a list of the numbers whose hashes have equal last bits.
// The caller compares what has equal hashes. Lists of neighbouring hashes are neighbours in memory.
type hashIndex struct {
	heads  []int32 // 2^k: the first number of a list + 1, 0 if it is empty
	blocks []*[blockListed]listed
	count  int
}

// listed is what is known of a number: its hash, and the number + 1 that follows in the list, 0 if it is the last.
type listed struct {
	hash uint32
	next int32
}

// find returns the number with a hash that is the same as what is sought, if there is one.
func (x *hashIndex) find(hash uint32, same func(number int32) bool) (number int32, ok bool) {
	if x.count == 0 {
		return 0, false
	}
	for next := *x.head(hash); next > 0; {
		number = next - 1
		l := x.at(number)
		if l.hash == hash && same(number) {
			return number, true
		}
		next = l.next
	}
	return 0, false
}

// add adds a number, which is not negative: the index has memory for all below it.
func (x *hashIndex) add(hash uint32, number int32) {
	for int(number) >= blockListed*len(x.blocks) {
		x.blocks = append(x.blocks, new([blockListed]listed))
	}
	if x.count == len(x.heads) {
		x.grow()
	}
	x.count++
	x.put(hash, number)
}

// drop removes a number that was added.
func (x *hashIndex) drop(hash uint32, number int32) {
	place := x.head(hash)
	for *place != number+1 {
		place = &x.at(*place - 1).next
	}
	*place = x.at(number).next
	x.count--
}

func (x *hashIndex) grow() {
	old := x.heads
	x.heads = make([]int32, max(2*len(old), 64))
	for _, next := range old {
		for next > 0 {
			number := next - 1
			l := *x.at(number)
			x.put(l.hash, number)
			next = l.next
		}
	}
}

func (x *hashIndex) put(hash uint32, number int32) {
	head := x.head(hash)
	*x.at(number) = listed{hash, *head}
	*head = number + 1
}

func (x *hashIndex) head(hash uint32) *int32 { return &x.heads[int(hash)&(len(x.heads)-1)] }

func (x *hashIndex) at(number int32) *listed {
	return &x.blocks[number/blockListed][number%blockListed]
}
