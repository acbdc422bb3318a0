package program

// economize returns the work that gives the same outputs in less memory, and its schedule, given its own: it is cut where most is
// stored, again and again, since the peak moves. A peak of enough elements is not lowered, and not even looked for if there are
// no more.
func (w *work) economize(clusters []*cluster, enough int) (*work, []*cluster) {
	enough = max(enough, enoughForNode*len(w.nodes))
	if w.stored <= enough {
		return w, clusters
	}
	at, peak := w.peak(clusters)
	if peak <= enough {
		return w, clusters
	}
	effort := float64(w.effort())
	best, bestClusters, lowest := w, clusters, peak
	var net network
	price := int64(memoryPrice)
	for k := 0; k < maxCuts && lowest > enough && w.mayCut(); k++ {
		plain := k < plainCuts
		w.check()
		after := w.after(at, clusters)
		next := w.rebuilt(after, w.again(&net, after, price, plain))
		if !plain {
			share := firstShare + (1-firstShare)*float64(k-plainCuts)/(maxCuts-1-plainCuts)
			for limit := int64(effort * (1 + maxEffort*share)); price > 0 && next.effort() > limit; {
				price = price * 3 / 4
				next = w.rebuilt(after, w.again(&net, after, price, plain))
			}
		}
		if price == 0 || len(next.nodes) == len(w.nodes) { // nothing pays
			if !plain {
				break
			}
			k = plainCuts - 1
			continue
		}
		w, clusters = next, next.schedule()
		if at, peak = w.peak(clusters); peak < lowest {
			best, bestClusters, lowest = w, clusters, peak
		}
	}
	best.numberTwins()
	return best, bestClusters
}
