package demo

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// What the journey reads of the server's answers.
type (
	material struct {
		Code     string `json:"code"`
		Name     string `json:"name"`
		Required bool   `json:"required"`
		State    string `json:"state"`
	}
	matter struct {
		No        string     `json:"no"`
		State     string     `json:"state"`
		StateName string     `json:"state_name"`
		Light     string     `json:"light"`
		Paused    bool       `json:"paused"`
		DueAt     string     `json:"due_at"`
		Next      []string   `json:"next"`
		Materials []material `json:"materials"`
		OwedBy    struct {
			Name string `json:"name"`
		} `json:"owed_by"`
		QR *struct {
			URL string `json:"url"`
		} `json:"qr"`
		Parcels []parcel `json:"parcels"`
		Result  bool     `json:"result_available"`
	}
	parcel struct {
		Direction string `json:"direction"`
		Waybill   string `json:"waybill"`
		State     string `json:"state"`
		StateName string `json:"state_name"`
	}
	slot struct {
		ID       string    `json:"id"`
		StartsAt time.Time `json:"starts_at"`
		Left     int       `json:"left"`
	}
	booking struct {
		ID     string `json:"id"`
		State  string `json:"state"`
		Ticket string `json:"ticket"`
		Slot   *slot  `json:"slot"`
		QR     *struct {
			Token  string `json:"token"`
			URL    string `json:"url"`
			PNGURL string `json:"png_url"`
		} `json:"qr"`
	}
	visit struct {
		Booking booking `json:"booking"`
		Matter  *matter `json:"matter"`
		Checks  []struct {
			Code     string `json:"material_code"`
			Name     string `json:"name"`
			Required bool   `json:"required"`
		} `json:"checks"`
		Applicant *struct {
			Name     string `json:"name"`
			IDNumber string `json:"id_number"`
		} `json:"applicant"`
	}
	item struct {
		Code         string   `json:"code"`
		Name         string   `json:"name"`
		Department   string   `json:"department"`
		PromisedDays int      `json:"promised_days"`
		Handling     []string `json:"handling_regions"`
		Deliveries   []string `json:"deliveries"`
		Situations   []struct {
			Code      string     `json:"code"`
			Name      string     `json:"name"`
			Materials []material `json:"materials"`
		} `json:"situations"`
	}
)

// in checks the state that a matter has come to.
func (m matter) in(state string) error {
	if m.State != state {
		return fmt.Errorf("办件应为 %s，却为 %s", state, m.State)
	}
	return nil
}

// reaches waits until a matter is in a state.
func reaches(ctx context.Context, c *client, no, state string) (matter, error) {
	var m matter
	err := until(ctx, "办件 "+no+" 到 "+state, func() (bool, error) {
		m = matter{}
		err := c.get(ctx, "/api/v1/matters/"+no, &m)
		return m.State == state, err
	})
	return m, err
}

// findItem looks for an item of the 人社 department of 汕尾 that is offered in a mode with a delivery.
func (j *journey) findItem(ctx context.Context, mode, delivery string) (item, error) {
	var page struct{ Items []item }
	path := fmt.Sprintf("/api/v1/items?from=%s&to=%s&mode=%s&limit=100", receiving, handling, mode)
	if err := j.get(ctx, path, &page); err != nil {
		return item{}, err
	}
	for _, it := range page.Items {
		if it.Department == "RS" && slices.Contains(it.Handling, handling) && slices.Contains(it.Deliveries, delivery) {
			return it, j.get(ctx, "/api/v1/items/"+it.Code, &it)
		}
	}
	return item{}, fmt.Errorf("没有可以 %s 办理的事项", mode)
}

// freeSlots finds the first coming day with free slots.
func (j *journey) freeSlots(ctx context.Context, hall, code string, from time.Time) ([]slot, error) {
	for day := range 14 {
		date := from.In(beijing).AddDate(0, 0, day).Format("2006-01-02")
		var list struct{ Items []slot }
		if err := j.get(ctx, fmt.Sprintf("/api/v1/halls/%s/slots?date=%s&item=%s", hall, date, code), &list); err != nil {
			return nil, err
		}
		free := slices.DeleteFunc(list.Items, func(s slot) bool { return s.Left == 0 || s.StartsAt.Sub(from) < time.Hour })
		if len(free) > 0 {
			return free, nil
		}
	}
	return nil, fmt.Errorf("大厅 %s 两周内没有空闲时段", hall)
}

// openWindow starts a matter to be handed in at the window.
func (j *journey) openWindow(ctx context.Context, c *client, it item, name, phone string) (matter, error) {
	var m matter
	err := c.post(ctx, "/api/v1/matters", map[string]any{
		"item_code": it.Code, "situation_code": it.Situations[0].Code, "mode": "window",
		"receiving_region": receiving, "handling_region": handling,
		"delivery": map[string]any{"method": "mail", "address": map[string]string{
			"name": name, "phone": phone, "region": receiving, "detail": "南山区科技园路 6 号 2 栋 301",
		}},
	}, &m)
	return m, err
}

type hall struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address"`
}

// hallFor is the first hall of the receiving city that takes the item.
func (j *journey) hallFor(ctx context.Context, it item) (hall, error) {
	var list struct{ Items []hall }
	if err := j.get(ctx, "/api/v1/halls?region="+receiving+"&item="+it.Code, &list); err != nil {
		return hall{}, err
	}
	if len(list.Items) == 0 {
		return hall{}, fmt.Errorf("没有大厅受理 %s", it.Name)
	}
	return list.Items[0], nil
}
