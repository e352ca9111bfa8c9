/** What a check of `doctor` found. */
export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly fix?: string;
}
