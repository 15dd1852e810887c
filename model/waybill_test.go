package model_test

import (
	"testing"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestCheckWaybill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		carrier model.Carrier
		typed   string
		want    string // "" = refused
	}{
		{model.CarrierSF, "SF1400000000001", "SF1400000000001"},
		{model.CarrierSF, " sf 1400 0000 00001 ", "SF1400000000001"},
		{model.CarrierSF, "ＳＦ１４００００００００００１", "SF1400000000001"},
		{model.CarrierSF, "140000000001", "140000000001"},
		{model.CarrierSF, "SF140000000001", ""},
		{model.CarrierSF, "SF14000000000O1", ""},
		{model.CarrierSF, "", ""},
		{model.CarrierEMS, "1140000000011", "1140000000011"},
		{model.CarrierEMS, "9840000000011", "9840000000011"},
		{model.CarrierEMS, "2140000000011", ""},
		{model.CarrierEMS, "114000000001", ""},
		{model.CarrierEMS, "EA000000014CN", "EA000000014CN"},
		{model.CarrierEMS, "EA123456785CN", "EA123456785CN"},
		{model.CarrierEMS, "ea000000147cn", "EA000000147CN"}, // serial 00000014
		{model.CarrierEMS, "EA000000059CN", "EA000000059CN"}, // serial 00000005
		{model.CarrierEMS, "EA473124829CN", "EA473124829CN"},
		{model.CarrierEMS, "EA123456789CN", ""}, // often printed as an example
		{model.CarrierKuaidi100, "JD-0000000000001-1-1", "JD-0000000000001-1-1"},
		{model.CarrierKdniao, "yt1234567890123", "YT1234567890123"},
		{model.CarrierStandard, "KD00000000012", "KD00000000012"},
		{model.CarrierStandard, "KD001", ""},
		{model.CarrierKuaidi100, "KD00000000012345678901234567890123", ""},
		{model.CarrierKuaidi100, "KD000000'; DROP", ""},
		{model.CarrierKuaidi100, "快递000001", ""},
	} {
		got, err := model.CheckWaybill(c.carrier, c.typed)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %q: %q, %v; want %q", c.carrier, c.typed, got, err, c.want)
		}
		if err != nil && fault.Code(err) != "waybill_invalid" {
			t.Errorf("%s %q: code %s", c.carrier, c.typed, fault.Code(err))
		}
	}
}

func TestCanonicalCompany(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"SF": "shunfeng", "ShunFeng": "shunfeng", "YZPY": "youzhengguonei", " zto ": "zhongtong", "": "", "newone": "newone"} {
		if got := model.CanonicalCompany(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
	p := newParcel(t, func(n *model.NewParcel) { n.Company = "EMS" })
	if !p.SameCompany("youzhengguonei") || !p.SameCompany("YZPY") || !p.SameCompany("") || p.SameCompany("SF") {
		t.Error("the post has two names and is one company")
	}
}

func TestOpenParcel_refuses(t *testing.T) {
	t.Parallel()
	for code, n := range map[string]model.NewParcel{
		"validation_failed": {Carrier: "pigeon", Waybill: "SF1400000000001"},
		"waybill_invalid":   {Carrier: model.CarrierSF, Waybill: "SF1"},
	} {
		if _, err := model.OpenParcel(n, parcelNow); fault.Code(err) != code {
			t.Errorf("%+v: %v, want %s", n, err, code)
		}
	}
	if _, err := model.OpenParcel(model.NewParcel{Carrier: model.CarrierKuaidi100, Waybill: "SF1400000000001"}, parcelNow); fault.Code(err) != "validation_failed" {
		t.Errorf("an aggregator's parcel without a company: %v", err)
	}
}
