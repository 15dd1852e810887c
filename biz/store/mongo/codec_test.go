package mongo_test

import (
	"reflect"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/store/mongo"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// fill sets everything there is in v, so that a field which an engine loses is missed.
func fill(v reflect.Value, n *int, depth int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString("文" + string(rune('a'+*n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n % 100))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n % 100))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n) / 4)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMilli(1_772_000_000_123 + int64(*n)).UTC()))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() && v.Type().Field(i).Tag.Get("json") != "-" {
				fill(v.Field(i), n, depth)
			}
		}
	}
	if depth == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n, depth-1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n, depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, item := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n, depth-1)
		fill(item, n, depth-1)
		v.SetMapIndex(key, item)
	}
}

// Every document of the program comes back from both engines as it went in: empty, full, and full to a depth only.
func TestCodecs_keep_every_document(t *testing.T) {
	t.Parallel()
	documents := []any{
		model.Agenda{}, model.Applicant{}, model.Attempts{}, model.Binding{}, model.Booking{}, model.CourierChannel{},
		model.CourierMessage{}, model.Matter{}, model.Notice{}, model.Parcel{}, model.ParcelArchive{}, model.ParkedRows{},
		model.Queue{}, model.Review{}, model.Session{}, model.Slot{}, model.Staff{},
	}
	for name, codec := range map[string]store.Codec{"sqlite": (&sqlite.Engine{}).Codec(), "mongodb": (&mongo.Engine{}).Codec()} {
		for _, d := range documents {
			for depth := range 6 {
				want, got := reflect.New(reflect.TypeOf(d)), reflect.New(reflect.TypeOf(d))
				if n := 0; depth > 0 {
					fill(want.Elem(), &n, depth)
				}
				body, err := codec.Encode(want.Interface())
				if err != nil {
					t.Errorf("%s, %T: %v", name, d, err)
					continue
				}
				if err := codec.Decode(body, got.Interface()); err != nil {
					t.Errorf("%s, %T: %v", name, d, err)
				} else if !reflect.DeepEqual(got.Interface(), want.Interface()) {
					t.Errorf("%s, %T, depth %d:\ngot  %+v\nwant %+v", name, d, depth, got.Elem(), want.Elem())
				}
			}
		}
	}
}
