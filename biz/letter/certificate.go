package letter

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"kuacheng/model"
)

// Certificate is a paper that a machine prints on the spot. Every field is shown as it is.
type Certificate struct {
	Title     string // 个人参保证明
	Number    string
	Holder    string // name
	IDNumber  string // masked
	Statement string
	Serial    string // of the register's answer
	Matter    string
	Signed    string
	Issued    time.Time
	Until     model.Date // zero: it does not run out
	Place     string     // of the machine
	Check     string     // code that the verification page shows too
	Verify    string     // link for the QR code
}

func (c Certificate) facts() [][2]string {
	until := "长期"
	if c.Until != "" {
		until = ChineseDate(c.Until)
	}
	return [][2]string{
		{"证明编号", c.Number}, {"姓名", c.Holder}, {"证件号码", c.IDNumber}, {"出具时间", ChineseTime(c.Issued)}, {"有效期至", until},
		{"办件编号", c.Matter}, {"查询流水", c.Serial}, {"核验码", c.Check}, {"打印地点", c.Place},
	}
}

// RenderCertificate draws the certificate on A4.
func RenderCertificate(c Certificate) ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	begin(pdf, c.Title, c.Signed, c.Issued)
	pdf.SetMargins(28, 34, 28)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddPage()
	pdf.SetDrawColor(23, 105, 210)
	pdf.SetLineWidth(0.8)
	pdf.Rect(14, 14, 182, 269, "D")
	pdf.SetLineWidth(0.2)
	pdf.Rect(16, 16, 178, 265, "D")
	pdf.SetFont(face, "", 26)
	pdf.SetY(42)
	pdf.MultiCell(0, 14, c.Title, "", "C", false)
	pdf.Ln(8)
	table(pdf, c.facts(), 28, 38, 116, 11.5, 9)
	pdf.Ln(8)
	pdf.SetFont(face, "", 13)
	pdf.MultiCell(0, 9, "　　"+c.Statement, "", "L", false)
	pdf.SetFont(face, "", 13)
	pdf.SetXY(28, 222)
	pdf.CellFormat(154, 8, c.Signed, "", 2, "R", false, 0, "")
	pdf.CellFormat(154, 8, ChineseDate(model.DateOf(c.Issued)), "", 0, "R", false, 0, "")
	if err := code(pdf, c.Verify, 28, 216, 38); err != nil {
		return nil, err
	}
	pdf.SetFont(face, "", 9)
	pdf.SetTextColor(90, 90, 90)
	pdf.SetXY(28, 256)
	pdf.MultiCell(154, 5, "扫描二维码可核验真伪：核验页显示的证明名称、编号、核验码应与本件一致，状态应为“有效”。本件由自助终端打印，无需加盖印章。", "", "L", false)
	return output(pdf)
}

// RenderSlip draws the certificate on paper 58 mm wide.
func RenderSlip(c Certificate) ([]byte, error) {
	return RenderReceipt(Receipt{Title: c.Title, Lines: c.facts(), Text: c.Statement + "　" + c.Signed, Link: c.Verify, LinkName: "扫码核验真伪"})
}

// Receipt is a slip of 58 mm.
type Receipt struct {
	Title    string
	Lines    [][2]string
	Text     string
	Link     string // for a QR code; "" for none
	LinkName string
}

const (
	slipWide   = 58.0
	slipMargin = 4.0
)

// RenderReceipt draws a slip as long as it needs to be.
func RenderReceipt(r Receipt) ([]byte, error) {
	measure := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: slipWide, Ht: 1000}})
	long, err := slip(measure, r)
	if err != nil {
		return nil, err
	}
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: slipWide, Ht: long}})
	if _, err := slip(pdf, r); err != nil {
		return nil, err
	}
	return output(pdf)
}

func slip(pdf *fpdf.Fpdf, r Receipt) (long float64, err error) {
	begin(pdf, r.Title, "", time.Unix(0, 0))
	pdf.SetMargins(slipMargin, slipMargin, slipMargin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddPage()
	pdf.SetFont(face, "", 12)
	pdf.MultiCell(0, 6, r.Title, "", "C", false)
	pdf.Ln(2)
	table(pdf, r.Lines, slipMargin, 14, slipWide-2*slipMargin-14, 8, 4.2)
	if r.Text != "" {
		pdf.Ln(1)
		pdf.SetFont(face, "", 8)
		pdf.MultiCell(0, 4.2, r.Text, "", "L", false)
	}
	if r.Link != "" {
		const size = 30
		y := pdf.GetY() + 2
		if err := code(pdf, r.Link, (slipWide-size)/2, y, size); err != nil {
			return 0, err
		}
		pdf.SetXY(slipMargin, y+size)
		pdf.SetFont(face, "", 7.5)
		pdf.CellFormat(slipWide-2*slipMargin, 4, r.LinkName, "", 1, "C", false, 0, "")
	}
	return pdf.GetY() + slipMargin, nil
}

func begin(pdf *fpdf.Fpdf, title, author string, at time.Time) {
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetTitle(title, true)
	pdf.SetAuthor(author, true)
	pdf.AddUTF8FontFromBytes(face, "", font)
}

// table draws names beside values; empty values are left out.
func table(pdf *fpdf.Fpdf, rows [][2]string, left, names, values, size, line float64) {
	pdf.SetDrawColor(200, 200, 200)
	for _, r := range rows {
		if r[1] == "" {
			continue
		}
		pdf.SetFont(face, "", size)
		y := pdf.GetY()
		pdf.SetXY(left+names, y)
		pdf.SetTextColor(0, 0, 0)
		pdf.MultiCell(values, line, r[1], "B", "L", false)
		bottom := pdf.GetY()
		pdf.SetXY(left, y)
		pdf.SetTextColor(90, 90, 90)
		pdf.CellFormat(names, bottom-y, r[0], "B", 0, "L", false, 0, "")
		pdf.SetTextColor(0, 0, 0)
		pdf.SetXY(left, bottom)
	}
}

func code(pdf *fpdf.Fpdf, link string, x, y, size float64) error {
	png, err := qrcode.Encode(link, qrcode.Medium, 300)
	if err != nil {
		return fmt.Errorf("letter: drawing the code: %w", err)
	}
	pdf.RegisterImageOptionsReader("code", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(png))
	pdf.ImageOptions("code", x, y, size, size, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	return nil
}

func output(pdf *fpdf.Fpdf) ([]byte, error) {
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("letter: rendering: %w", err)
	}
	return out.Bytes(), nil
}
