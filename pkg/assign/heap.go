package assign

// node is what a search has yet to look at: a student (or device), or, as ^d,
// the rest of device d's list.
type node struct {
	dist int64
	id   int32
}

// heap is a binary heap of nodes, the nearest first.
type heap []node

func (h *heap) push(n node) {
	q := append(*h, n)
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if n.dist >= q[up].dist {
			break
		}
		q[i] = q[up]
		i = up
	}
	q[i] = n
	*h = q
}

func (h *heap) pop() node {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	i := 0
	for {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if child+1 < len(q) && q[child+1].dist < q[child].dist {
			child++
		}
		if q[child].dist >= last.dist {
			break
		}
		q[i] = q[child]
		i = child
	}
	if len(q) > 0 {
		q[i] = last
	}
	*h = q
	return top
}
