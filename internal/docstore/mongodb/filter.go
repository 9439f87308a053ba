package mongodb

import (
	"context"
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

func split(path string) []string { return strings.Split(path, ".") }

// planFilter says a plan in MongoDB's words. As in the embedded engine the
// first key of the order has a single range, from which an index can begin.
func planFilter(plan docstore.Plan) bson.D {
	filter := bson.D{}
	for _, m := range plan.Match {
		filter = append(filter, bson.E{Key: path(m.Path), Value: oneOf(m.Values)})
	}
	for i, key := range plan.Order {
		var after any
		if i == 0 && plan.After != nil {
			after = plan.After[0]
		}
		if begin := begin(plan, key, after); begin != nil {
			filter = append(filter, bson.E{Key: name(key), Value: begin})
		}
	}
	if len(plan.After) > 1 {
		filter = append(filter, bson.E{Key: "$or", Value: behind(plan.Order, plan.After)})
	}
	return filter
}

func oneOf(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	return bson.D{{Key: "$in", Value: values}}
}

func begin(plan docstore.Plan, key docstore.Key, after any) bson.D {
	switch {
	case key.Number:
		low, high := plan.From, plan.To
		if high != math.MaxInt64 {
			high--
		}
		if at, ok := after.(int64); ok && key.Desc {
			high = min(high, at)
		} else if ok {
			low = max(low, at)
		}
		return bson.D{{Key: "$gte", Value: low}, {Key: "$lte", Value: high}}
	case key.Path != "":
		low, _ := after.(string)
		return bson.D{{Key: "$gte", Value: low}}
	case after != nil && len(plan.Order) == 1:
		return bson.D{{Key: beyond(key), Value: after}}
	default:
		return nil
	}
}

// behind is true for what follows the values in the order.
func behind(order []docstore.Key, values []any) bson.A {
	first := bson.D{{Key: name(order[0]), Value: bson.D{{Key: beyond(order[0]), Value: values[0]}}}}
	if len(order) == 1 {
		return bson.A{first}
	}
	rest := bson.D{{Key: name(order[0]), Value: values[0]}, {Key: "$or", Value: behind(order[1:], values[1:])}}
	return bson.A{first, rest}
}

func beyond(k docstore.Key) string {
	if k.Desc {
		return "$lt"
	}
	return "$gt"
}

// rare is how far a term is counted to tell which is rarest.
const rare = 1000

func (e *Engine) termsFilter(ctx context.Context, find docstore.Find) (bson.D, error) {
	terms, err := e.rarestFirst(ctx, find)
	if err != nil {
		return nil, err
	}
	filter := bson.D{{Key: "body.terms", Value: bson.D{{Key: "$all", Value: terms}}}}
	if find.Spec.Scoped && !find.Scope.All() {
		filter = append(filter, bson.E{Key: path(docstore.TerritoryPath), Value: oneOf(find.Scope.Territories())})
	}
	after, err := find.AfterID()
	if after != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}})
	}
	return filter, err
}

// rarestFirst puts the term with the fewest documents first: the server walks
// the index for that one.
func (e *Engine) rarestFirst(ctx context.Context, find docstore.Find) ([]string, error) {
	terms := slices.Compact(slices.Sorted(slices.Values(find.Terms)))
	if len(terms) == 1 {
		return terms, nil
	}
	best, fewest := 0, int64(rare+1)
	for i, term := range terms {
		n, err := e.db.Collection(find.Spec.Name).CountDocuments(ctx,
			bson.D{{Key: "body.terms", Value: term}}, options.Count().SetLimit(rare))
		if err != nil {
			return nil, said(ctx, err)
		}
		if n < fewest {
			best, fewest = i, n
		}
	}
	terms[0], terms[best] = terms[best], terms[0]
	return terms, nil
}
