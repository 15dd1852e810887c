package citizen

import (
	"context"
	"fmt"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// ListHalls lists the halls that take matters in for a region, for an item if one is named.
func (h *Handler) ListHalls(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.HallsRequest) (*citizen.HallList, error) {
		if in.Region != "" {
			if _, err := h.Catalogue.Regions.Lookup("region", in.Region); err != nil {
				return nil, err
			}
		}
		department, err := h.department(in.Item)
		if err != nil {
			return nil, err
		}
		list := &citizen.HallList{Items: []*citizen.Hall{}}
		for _, hall := range h.Catalogue.Halls(in.Region) {
			if department == "" || hall.Serves(department) {
				list.Items = append(list.Items, h.hall(hall))
			}
		}
		return list, nil
	})
}

// department is the department of an item; "" for no item.
func (h *Handler) department(item string) (string, error) {
	if item == "" {
		return "", nil
	}
	it, ok := h.Catalogue.Known(item)
	if !ok {
		return "", fault.New("validation_failed").Field("item").Say("没有这个事项")
	}
	return it.Department, nil
}

func (h *Handler) hall(x *model.Hall) *citizen.Hall {
	v := &citizen.Hall{
		ID: x.ID, Name: x.Name, Region: x.Region, Organisation: x.Organisation, Address: x.Address,
		Hours: hours(h.Catalogue.Schedule(x)), Windows: []*citizen.HallWindow{},
	}
	for _, w := range x.Windows {
		if !w.Closed {
			v.Windows = append(v.Windows, &citizen.HallWindow{
				ID: w.ID, Number: w.Number, Name: w.Name, Floor: w.Floor, CrossCity: w.CrossCity, Departments: w.Departments,
			})
		}
	}
	return v
}

var weekdays = []struct{ key, name string }{
	{"mon", "周一"}, {"tue", "周二"}, {"wed", "周三"}, {"thu", "周四"}, {"fri", "周五"}, {"sat", "周六"}, {"sun", "周日"},
}

// hours writes a week's opening hours for people: "周一至周五 09:00–12:00 14:00–17:30".
func hours(s model.Schedule) string {
	var parts []string
	for i := 0; i < len(weekdays); {
		text := periods(s.Weekly[weekdays[i].key])
		j := i
		for j+1 < len(weekdays) && periods(s.Weekly[weekdays[j+1].key]) == text {
			j++
		}
		if text != "" {
			days := weekdays[i].name
			if j > i {
				days += "至" + weekdays[j].name
			}
			parts = append(parts, days+" "+text)
		}
		i = j + 1
	}
	return strings.Join(parts, "；")
}

func periods(ps []model.Period) string {
	var out []string
	for _, p := range ps {
		out = append(out, fmt.Sprintf("%02d:%02d–%02d:%02d", p.From/60, p.From%60, p.Until/60, p.Until%60))
	}
	return strings.Join(out, " ")
}

// ListSlots lists a hall's slots of a date with what is left.
func (h *Handler) ListSlots(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.SlotsRequest) (*citizen.SlotList, error) {
		hall, ok := h.Catalogue.Hall(in.ID)
		if !ok {
			return nil, fault.New("not_found").Say("没有这个大厅")
		}
		department, err := h.department(in.Item)
		if err != nil {
			return nil, err
		}
		date := model.Date(in.Date)
		if date == "" {
			date = h.Matters.Today()
		}
		free, err := h.Bookings.Free(ctx, hall, date, department)
		if err != nil {
			return nil, err
		}
		list := &citizen.SlotList{Items: []*view.Slot{}}
		for _, f := range free {
			list.Items = append(list.Items, &view.Slot{
				ID: f.ID, Date: string(f.Date), StartsAt: show.Time(f.Starts), EndsAt: show.Time(f.Ends),
				Capacity: int32(f.Capacity), Left: int32(f.Left),
			})
		}
		return list, nil
	})
}

// Book takes a place.
func (h *Handler) Book(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *citizen.BookRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		_, answer, err := h.Bookings.Book(ctx, door.Who(c), in.MatterNo, in.SlotID, request, func(b *model.Booking) ([]byte, error) {
			return door.Render(h.Dossier.Show.Booking(b))
		})
		return answer, err
	})
}

// ListBookings lists the person's own bookings.
func (h *Handler) ListBookings(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.BookingsRequest) (*citizen.BookingPage, error) {
		page, err := h.Bookings.Mine(ctx, door.Who(c).ID, in.State, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &citizen.BookingPage{Items: []*view.Booking{}, NextCursor: page.Next}
		for _, b := range page.Items {
			v.Items = append(v.Items, h.Dossier.Show.Booking(b))
		}
		return v, nil
	})
}

// GetBooking shows a booking.
func (h *Handler) GetBooking(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*view.Booking, error) {
		b, err := h.Bookings.Get(ctx, door.Who(c), in.ID)
		return h.booked(b, err)
	})
}

func (h *Handler) booked(b *model.Booking, err error) (*view.Booking, error) {
	if err != nil {
		return nil, err
	}
	return h.Dossier.Show.Booking(b), nil
}

// CancelBooking gives the place up.
func (h *Handler) CancelBooking(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*view.Booking, error) {
		b, err := h.Bookings.Cancel(ctx, door.Who(c), in.ID, "")
		return h.booked(b, err)
	})
}

// Reschedule moves the booking to another slot.
func (h *Handler) Reschedule(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.RescheduleRequest) (*view.Booking, error) {
		b, err := h.Bookings.Reschedule(ctx, door.Who(c), in.ID, in.SlotID)
		return h.booked(b, err)
	})
}

// GetBookingQR draws the appointment code.
func (h *Handler) GetBookingQR(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *citizen.BookingQRRequest) (string, []byte, error) {
		b, err := h.Bookings.Get(ctx, door.Who(c), in.ID)
		if err != nil {
			return "", nil, err
		}
		link, err := h.Dossier.Show.AppointmentLink(b)
		if err != nil {
			return "", nil, err
		}
		png, err := h.Drawer.PNG(link, int(in.Size))
		return "image/png", png, err
	})
}
