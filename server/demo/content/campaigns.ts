/** One campaign of the demo; its story is `<slug>.md` and its picture `<slug>.svg` beside this file. */
export type DemoCampaign = {
  slug: string;
  title: string;
  /** One or two sentences for cards and previews. */
  summary: string;
  category:
    | 'bencana'
    | 'pendidikan'
    | 'kesehatan'
    | 'lingkungan'
    | 'air-bersih'
    | 'sosial'
    | 'hewan'
    | 'rumah-ibadah';
  goalRupiah: number;
  /** Days from the day of seeding, so that the demo is never over when it is first opened. */
  endsInDays: number;
  timezone: 'Asia/Jakarta' | 'Asia/Makassar' | 'Asia/Jayapura';
  beneficiary: string;
  permitNumber: string | null;
  /** How many demo gifts go to this campaign, 200 over all. */
  gifts: number;
  /** The part of the goal that those gifts add up to. */
  raisedShare: number;
};

/**
 * One campaign for each of the three time zones, in three states of progress. Hamlets, groups and people are
 * invented; permit numbers say DEMO because nobody may take them for a real permit.
 */
export const demoCampaigns: DemoCampaign[] = [
  {
    slug: 'air-untuk-watugareng',
    title: 'Air jernih dari gua untuk 47 keluarga di Watugareng',
    summary:
      'Sungai mengalir 58 meter di bawah dusun kami. Pompa tenaga surya akan menaikkannya ke empat keran.',
    category: 'air-bersih',
    goalRupiah: 28_400_000,
    endsInDays: 23,
    timezone: 'Asia/Jakarta',
    beneficiary: 'Paguyuban Tirta Watugareng, Gunungkidul',
    permitNumber: 'DEMO-0417/PUB',
    gifts: 84,
    raisedShare: 0.78,
  },
  {
    slug: 'perahu-sekolah-lasori',
    title: 'Perahu sekolah untuk dua puluh tiga anak Kampung Lasori',
    summary:
      'Sekolah ada di seberang selat. Satu perahu beratap dengan rompi pelampung membuat anak-anak tiba kering.',
    category: 'pendidikan',
    goalRupiah: 36_500_000,
    endsInDays: 41,
    timezone: 'Asia/Makassar',
    beneficiary: 'Kelompok Nelayan Mattulu Lasori, Kepulauan Banggai',
    permitNumber: 'DEMO-0562/PUB',
    gifts: 51,
    raisedShare: 0.34,
  },
  {
    slug: 'lampu-baca-lerwain',
    title: 'Lampu surya dan taman baca di bawah pohon ketapang Lerwain',
    summary:
      'Tiga puluh tujuh anak membaca bersama di bawah satu lampu kepala. Mari terangi pondok dan jalan pulang mereka.',
    category: 'sosial',
    goalRupiah: 15_200_000,
    endsInDays: 6,
    timezone: 'Asia/Jayapura',
    beneficiary: 'Taman Baca Ketapang, Ohoi Lerwain, Kei Kecil',
    permitNumber: null,
    gifts: 65,
    raisedShare: 0.96,
  },
];
